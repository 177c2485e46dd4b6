from .answers import recorded_answers as recorded_answers
from .kernels import recorded_kernels as recorded_kernels
from .marked import recorded_maps as recorded_maps
from .probes import recorded_probes as recorded_probes
from .testing import recorded_ablations as recorded_ablations
from .testing import recorded_deletions as recorded_deletions
