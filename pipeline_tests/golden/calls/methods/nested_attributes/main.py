class Drawer:
    def open(self):
        pass


class Till:
    def __init__(self):
        self.drawer = Drawer()


class Shop:
    def __init__(self):
        self.till = Till()


shop = Shop()
shop.till.drawer.open()
