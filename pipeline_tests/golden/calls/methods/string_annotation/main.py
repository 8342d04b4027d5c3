def run(place: "Shop"):
    place.sell()


class Shop:
    def sell(self):
        pass
