import os.path as p, sys
from collections import OrderedDict as O, deque
from string import *
