from .kernels import recorded_kernels as recorded_kernels
