from . import sibling
from .sibling import x
from .. import y
