from .authoring.release import release as release
from .authoring.source import Assignment as Assignment
from .authoring.source import read_source as read_source
from .checking import check as check
from .grading.batch import grade as grade
from .secret import secret_rng as secret_rng
from .settings import Settings as Settings
