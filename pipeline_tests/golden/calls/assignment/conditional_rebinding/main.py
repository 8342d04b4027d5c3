import sys
def a():
    pass
def b():
    pass
f = a
if len(sys.argv) > 100:
    f = b
f()
