def act():
    pass


def items():
    act()
    yield 1


for item in items():
    pass
