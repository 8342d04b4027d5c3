from slow import *
try:
    from fast import *
except ImportError:
    pass
