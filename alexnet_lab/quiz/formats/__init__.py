"""Questions as files for other programs: a module a format, each with `write(questions, path)`."""
