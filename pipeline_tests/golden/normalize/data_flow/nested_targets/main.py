def f(v):
    a, *b = v
    for c, (d, e) in b:
        g(a, c, d, e)
