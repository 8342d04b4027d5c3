from . import s
from .s import value
from ..top import here
from ... import nothing
