class Till:
    def open(self):
        pass


class Shop:
    def __init__(self):
        self.till = Till()

    def sell(self):
        self.till.open()


Shop().sell()
