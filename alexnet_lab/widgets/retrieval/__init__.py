"""`RetrievalExplorer`: the nearest neighbours of an image in two spaces of features."""
