import sys


def a():
    pass


def b():
    pass


(a if len(sys.argv) > 99 else b)()
