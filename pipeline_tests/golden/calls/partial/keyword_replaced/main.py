from functools import partial

def a():
    pass

def b():
    pass

def run(f=None):
    f()

p = partial(run, f=a)
p(f=b)
