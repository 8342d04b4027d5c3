class Shop:
    def sell(self):
        pass


class Stall:
    def sell(self):
        pass


def run(place: Shop):
    place.sell()


run(Shop())
