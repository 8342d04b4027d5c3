def act():
    first()


def first():
    pass


act()


def act():
    second()


def second():
    pass


act()
