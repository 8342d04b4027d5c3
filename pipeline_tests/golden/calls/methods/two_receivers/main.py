class Shop:
    def sell(self):
        pass


class Stall:
    def sell(self):
        pass


a = Shop()
b = Stall()
a.sell()
b.sell()
