try:
    from _fast import *
except ImportError:
    from slow import *
