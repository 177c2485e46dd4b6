"""`ConvolutionExplorer`: a window slides over an image, and its output map fills."""
