def act():
    pass


def other():
    pass


def run():
    act = other
    act()


run()
