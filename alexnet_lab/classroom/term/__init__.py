"""For a whole class: files collected, gradebooks, feedback, what the class found hard."""
