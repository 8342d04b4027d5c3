from a import *
from a import ghost
y = 2
