class Shop:
    def __init__(self):
        self.table = {"buy": self.buy, "sell": self.sell}

    def run(self, name):
        self.table[name]()

    def buy(self):
        pass

    def sell(self):
        pass


shop = Shop()
shop.run("buy")
shop.run("sell")
