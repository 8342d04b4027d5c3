class Shop:
    def sell(self):
        pass


class Stall:
    def sell(self):
        pass


table = {"shop": Shop(), "stall": Stall()}
table["stall"].sell()
