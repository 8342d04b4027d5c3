def f(items):
    x = 0
    while True:
        x = 1
        if items:
            break
        x = 2
    return x
