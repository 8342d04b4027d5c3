from . import helper
from .helper import x
import tools
