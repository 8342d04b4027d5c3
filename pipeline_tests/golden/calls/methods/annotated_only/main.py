class Shop:
    def sell(self):
        pass


def run(place: Shop):
    place.sell()
