from functools import partial


class Shop:
    def sell(self, price):
        self.count()

    def count(self):
        pass


f = partial(Shop().sell, 3)
f()
