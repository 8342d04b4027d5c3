def keep(f):
    def wrapper():
        pass
    wrapper.original = f
    return wrapper
@keep
def a():
    pass
a.original()
