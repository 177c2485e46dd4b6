"""`TowerExplorer`: the two towers: who sees whose maps, and what crosses between them."""
