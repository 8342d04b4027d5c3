def f(items):
    x = 0
    for item in items:
        g(x)
        x = 1
        if item:
            continue
        x = 2
