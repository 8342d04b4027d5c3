from . import q
from .q import r
