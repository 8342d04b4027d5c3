class Shop:
    def sell(self):
        pass
    def buy(self):
        pass
names = {"s": "sell", "b": "buy"}
getattr(Shop(), names["s"])()
