from c import *
y = 2
