"""`FilterExplorer`: all kernels of a layer: sorted, enlarged, slice by slice."""
