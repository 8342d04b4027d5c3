def f():
    x = {a: b for c in d for e in g if h}
