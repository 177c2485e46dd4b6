"""`TrainingExplorer`: recorded runs: curves with seeds and intervals, kernels along training."""
