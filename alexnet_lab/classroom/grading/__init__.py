"""From a folder of submissions to grades: sandboxed, resumable, one row a file."""
