class Shop:
    def sell(self):
        pass


class Stall:
    def trade(self):
        pass


def run(place):
    if isinstance(place, Shop):
        place.sell()
    else:
        place.trade()


run(Shop())
run(Stall())
