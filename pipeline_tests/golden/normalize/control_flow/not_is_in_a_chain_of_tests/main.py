def f():
    while not a is b and not (c not in d):
        e
