f(1, a, *b, c, k=d, **e)
f()
f(x for x in y)
