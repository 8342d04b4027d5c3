from .b import __all__
from .b import *
one = 1
