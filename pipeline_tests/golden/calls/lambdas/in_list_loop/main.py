def a():
    pass
for f in [lambda: a()]:
    f()
