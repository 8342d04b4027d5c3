from functools import reduce

def inc(x):
    return x + 1

def dbl(x):
    return x * 2

def compose(f, g):
    return lambda x: g(f(x))

pipeline = reduce(compose, [inc, dbl])
pipeline(1)
