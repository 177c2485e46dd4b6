"""Running a notebook under nbval, in a process of its own."""
