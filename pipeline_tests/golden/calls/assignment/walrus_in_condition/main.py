def a():
    pass
def give():
    return a
if f := give():
    f()
