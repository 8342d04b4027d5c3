class Shop:
    pass


class Till:
    def open(self):
        pass


shop = Shop()
shop.till = Till()
shop.till.open()
