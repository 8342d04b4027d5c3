class Shop:
    def sell(self):
        self.nothing()


class Stand:
    @property
    def price(self):
        pass

    def sell(self):
        self.price()
