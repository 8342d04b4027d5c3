class Shop:
    pass


def sell(self):
    pass


Shop.sell = sell
Shop().sell()
