from collections import namedtuple

def a():
    pass

def b():
    pass

Pair = namedtuple("Pair", "first second")
Pair(a, b).second()
