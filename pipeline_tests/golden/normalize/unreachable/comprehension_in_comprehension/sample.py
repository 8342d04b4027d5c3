def f(a):
    made = [[b for b in c] for c in a]
    return made
    d
