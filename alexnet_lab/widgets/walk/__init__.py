"""`NetworkWalk`: one unit of a network, followed from the answer down to the pixels."""
