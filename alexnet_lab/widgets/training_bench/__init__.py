"""`TrainingBench`: small nets that the reader trains: one, or two against each other."""
