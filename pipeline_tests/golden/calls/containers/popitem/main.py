def a():
    pass

key, f = {"a": a}.popitem()
f()
