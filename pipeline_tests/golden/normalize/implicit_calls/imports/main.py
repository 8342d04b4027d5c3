import a, b.c as d
from e import f, g
from . import h
