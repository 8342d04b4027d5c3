def before():
    pass


def after():
    pass


act = before


def swap():
    global act
    act = after


swap()
act()
