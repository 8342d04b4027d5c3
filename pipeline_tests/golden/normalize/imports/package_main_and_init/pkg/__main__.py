from . import core
from .core import run
import pkg.__main__
import pkg.__init__
