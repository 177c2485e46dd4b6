"""From a teacher's source to the notebook that students get."""
