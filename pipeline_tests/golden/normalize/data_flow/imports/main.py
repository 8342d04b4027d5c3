import os.path
from a import b as c, d
def f():
    import e
    return os, c, d, e
