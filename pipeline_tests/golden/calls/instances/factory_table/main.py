class Shop:
    def __init__(self):
        pass


class Stall:
    def __init__(self):
        pass


KINDS = {"shop": Shop, "stall": Stall}


def make(name):
    return KINDS[name]()


make("shop")
make("stall")
