from pk import *
