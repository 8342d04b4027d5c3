from shapes import *
circle()
math.pi
_helper()
solid
