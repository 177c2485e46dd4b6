from . import analysis as analysis
from . import atlas as atlas
from . import classroom as classroom
from . import data as data
from . import experiments as experiments
from . import inference as inference
from . import lab as lab
from . import models as models
from . import plots as plots
from . import quiz as quiz
from . import training as training
from . import widgets as widgets
from .analysis import layer_table as layer_table
from .data import photograph as photograph
from .data import photograph_names as photograph_names
from .data import preprocess as preprocess
from .inference import export as export
from .inference import predict as predict
from .models import AlexNet as AlexNet
from .models import load_pretrained as load_pretrained
from .plots import AlexNetVisualizer as AlexNetVisualizer

__version__: str
