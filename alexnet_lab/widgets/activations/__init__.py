"""`ActivationExplorer`: all maps of a network; of one unit field, kernel and arithmetic."""
