from . import parts
from .parts import Engine
