class Shop:
    def sell(self):
        pass


def run(place):
    place.sell()


run(Shop())
