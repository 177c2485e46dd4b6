"""`TowerExplorer`: the two towers: which kernels see which maps, and what crosses between them."""
