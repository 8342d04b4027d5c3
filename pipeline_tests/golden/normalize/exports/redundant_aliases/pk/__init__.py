from .m import one as one
import os as os
from . import m as helper
