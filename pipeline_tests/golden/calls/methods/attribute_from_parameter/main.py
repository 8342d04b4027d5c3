class Till:
    def open(self):
        pass


class Shop:
    def __init__(self, till):
        self.till = till

    def sell(self):
        self.till.open()


shop = Shop(Till())
shop.sell()
