from . import a
from .a import *
__all__ = [*a.__all__, 'own', *('extra', 'more')]
own = extra = more = less = 1
