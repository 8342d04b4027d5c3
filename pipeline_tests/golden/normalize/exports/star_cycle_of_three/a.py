from b import *
x = 1
