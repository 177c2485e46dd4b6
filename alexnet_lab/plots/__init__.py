"""Pictures: tensors and tables in, matplotlib Axes out.

Every function takes ``ax=None`` and returns the Axes; only `use_style` changes matplotlib's
settings.
`describe` gives the alternative text of a picture. Colours are those of Okabe and Ito, by name in
`OKABE_ITO`; maps from 0 upwards are drawn in `SEQUENTIAL`, also in figures of one's own:

>>> from matplotlib.colors import to_rgb
>>> from alexnet_lab.plots import OKABE_ITO, SEQUENTIAL
>>> SEQUENTIAL, to_rgb(OKABE_ITO["black"])
('cividis', (0.0, 0.0, 0.0))
"""

from __future__ import annotations

from .attributions import plot_attribution_maps
from .evidence import look, plot_curves, plot_intervals
from .fields import plot_effective_field, plot_receptive_fields
from .filters import plot_filters
from .labels import label_marks
from .lines import plot_lines, plot_panels
from .maps import plot_feature_maps
from .neighbours import plot_neighbours
from .partings import plot_partings
from .pictures import plot_attribution, plot_image, plot_receptive_field
from .roofline import plot_roofline
from .runs import plot_runs
from .shares import plot_shares, plot_time_shares
from .softmax import plot_softmax
from .spectra import plot_spectra
from .style import DIVERGING as DIVERGING
from .style import OKABE_ITO, SEQUENTIAL, describe, use_style
from .towers import plot_towers
from .visualizer import AlexNetVisualizer
from .window import plot_window

__all__ = [
    "AlexNetVisualizer",
    "label_marks",
    "look",
    "plot_attribution",
    "plot_attribution_maps",
    "plot_curves",
    "plot_effective_field",
    "plot_feature_maps",
    "plot_filters",
    "plot_image",
    "plot_intervals",
    "plot_lines",
    "plot_neighbours",
    "plot_panels",
    "plot_partings",
    "plot_receptive_field",
    "plot_receptive_fields",
    "plot_roofline",
    "plot_runs",
    "plot_shares",
    "plot_softmax",
    "plot_spectra",
    "plot_time_shares",
    "plot_towers",
    "plot_window",
    "OKABE_ITO",
    "SEQUENTIAL",
    "describe",
    "use_style",
]


def __dir__() -> list[str]:
    return __all__
