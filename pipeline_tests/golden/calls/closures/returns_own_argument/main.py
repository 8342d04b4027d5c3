def wrap(f):
    def inner(*args, **kwargs):
        return f(*args, **kwargs)
    return inner

def a():
    pass

def b():
    pass

ga = wrap(lambda: a)
gb = wrap(lambda: b)
ga()()
gb()()
