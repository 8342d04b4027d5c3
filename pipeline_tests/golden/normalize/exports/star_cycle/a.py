from b import *
from b import ghost
x = 1
