"""`PoolingExplorer`: windows over a feature map, the inputs that win, a picture that moves."""
