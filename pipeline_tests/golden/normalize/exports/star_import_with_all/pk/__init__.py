from . import extra
from .extra import *
__all__ = ["one", "_two"]
__all__ += ("three",)
__all__.extend(["four"])
__all__.append("sub")
__all__.remove("three")
__all__ += extra.__all__
one = _two = three = four = five = 1
