"""`AugmentationExplorer`: a photograph's crops, reflections and colours; the votes of ten views."""
