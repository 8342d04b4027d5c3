def f(a, b):
    return "%s: %r" % (a, b)
