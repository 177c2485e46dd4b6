"""The records of runs: files, their format and its versions."""
