from .json import loads
from . import os
from .nothing.deep import x
