def a():
    pass


def b():
    pass


picked = [f for f in (a, b) if f]
for f in picked:
    f()
