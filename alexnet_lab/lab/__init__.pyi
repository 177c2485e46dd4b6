from .recipe import LabRecipe as LabRecipe
from .release import conv1_along_training as conv1_along_training
from .release import lab_record as lab_record
