"""``python -m alexnet_lab`` is the same as ``alexnet-lab``."""

import sys

from .cli import main

sys.exit(main())
