def act():
    pass


def act():
    helper()


def helper():
    pass


act()
