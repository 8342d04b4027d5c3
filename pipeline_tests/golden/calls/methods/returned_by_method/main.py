class Till:
    def open(self):
        pass


class Shop:
    def till(self):
        return Till()


shop = Shop()
shop.till().open()
