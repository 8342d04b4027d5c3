from itertools import starmap

def a():
    pass

def call(f, n):
    f()

list(starmap(call, [(a, 1)]))
