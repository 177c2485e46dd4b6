from .question import Choice as Choice
from .question import Number as Number
from .question import Question as Question
from .question import Slip as Slip
from .reading import read_questions as read_questions
