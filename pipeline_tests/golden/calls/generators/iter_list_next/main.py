def a():
    pass

def b():
    pass

it = iter([a, b])
next(it)()
next(it)()
