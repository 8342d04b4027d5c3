def act():
    pass


def other():
    pass


def run(act):
    act()


run(other)
