class Shop:
    def copy(self):
        return self.__class__()

    def work(self):
        return 1


class Till:
    def work(self):
        return 2


shop = Shop()
shop.copy().work()
till = Till()
till.__class__ = Till
till.work()
