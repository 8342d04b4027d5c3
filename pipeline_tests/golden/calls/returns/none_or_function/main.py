def a():
    pass
def maybe(flag):
    return a if flag else None
f = maybe(True)
if f is not None:
    f()
