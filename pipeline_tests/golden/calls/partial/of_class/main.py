from functools import partial


class Shop:
    def __init__(self, name):
        pass

    def sell(self):
        pass


make = partial(Shop, "x")
make().sell()
