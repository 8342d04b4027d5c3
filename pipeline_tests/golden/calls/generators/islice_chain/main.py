from itertools import chain, islice

def a():
    pass

def b():
    pass

for f in islice(chain([a], [b]), 2):
    f()
