def a():
    pass


def b():
    pass


def c():
    pass


def d():
    pass


try:
    a()
except ValueError:
    b()
else:
    c()
finally:
    d()
