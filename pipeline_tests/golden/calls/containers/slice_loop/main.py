def a():
    pass
def b():
    pass
def c():
    pass
for f in [a, b, c][1:]:
    f()
