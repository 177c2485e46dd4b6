from .kernels import recorded_kernels as recorded_kernels
from .probes import recorded_probes as recorded_probes
