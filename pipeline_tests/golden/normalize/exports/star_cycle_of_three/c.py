from a import *
z = 3
