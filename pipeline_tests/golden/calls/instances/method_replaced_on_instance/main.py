class Shop:
    def sell(self):
        pass
def other():
    pass
shop = Shop()
shop.sell()
shop.sell = other
shop.sell()
