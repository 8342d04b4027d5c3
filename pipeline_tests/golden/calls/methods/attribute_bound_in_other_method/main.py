class Till:
    def open(self):
        pass


class Shop:
    def prepare(self):
        self.till = Till()

    def sell(self):
        self.till.open()


shop = Shop()
shop.prepare()
shop.sell()
