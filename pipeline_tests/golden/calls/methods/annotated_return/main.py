class Shop:
    def sell(self):
        pass


def find(name) -> Shop:
    return KNOWN[name]


KNOWN = {}


def run():
    find("x").sell()
