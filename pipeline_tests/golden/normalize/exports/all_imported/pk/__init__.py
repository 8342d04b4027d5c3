from .a import *
from .a import __all__ as _names
from .a import one
__all__ = _names + ['own']
own = other = 1
