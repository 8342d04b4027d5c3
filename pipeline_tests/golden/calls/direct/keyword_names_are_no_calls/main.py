def colour():
    pass


def paint(colour):
    return colour


paint(colour=1)
