from . import (
    analysis as analysis,
    classroom as classroom,
    data as data,
    experiments as experiments,
    inference as inference,
    models as models,
    plots as plots,
    training as training,
    widgets as widgets,
)
from .analysis import layer_table as layer_table
from .data import photograph as photograph
from .data import photograph_names as photograph_names
from .data import preprocess as preprocess
from .inference import predict as predict
from .models import AlexNet as AlexNet
from .models import load_pretrained as load_pretrained
from .plots import AlexNetVisualizer as AlexNetVisualizer

__version__: str
