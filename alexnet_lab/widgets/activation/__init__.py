"""`ActivationFunctions`: ReLU, tanh, sigmoid: value, slope, and what a deep stack of them does."""
