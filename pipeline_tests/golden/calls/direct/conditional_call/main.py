def test():
    return True


def a():
    pass


def b():
    pass


if test():
    a()
else:
    b()
