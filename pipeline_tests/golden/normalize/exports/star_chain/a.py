from b import *
mine = 1
