def f(x):
    if x is 1: return 2
