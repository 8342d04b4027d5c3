class Shop:
    def sell(self):
        pass


class Other:
    def sell(self):
        pass


def run(place):
    place.sell()


run(Shop())
Other()
