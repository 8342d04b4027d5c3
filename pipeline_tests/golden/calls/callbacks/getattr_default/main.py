class Shop:
    def sell(self):
        pass
getattr(Shop(), "sell")()
