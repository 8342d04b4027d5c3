def a():
    pass
def outer(f):
    def inner():
        f()
    return inner
made = outer(a)
made()
