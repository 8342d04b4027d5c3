def wrap(f):
    def inner():
        return f()
    return inner
def a():
    pass
def b():
    pass
@wrap
def give_a():
    return a
@wrap
def give_b():
    return b
give_a()()
give_b()()
