"""`AblationBench`: parts switched off: predict what becomes of the answer, then look."""
