class Shop:
    def pick(self):
        return self.sell
    def sell(self):
        pass
Shop().pick()()
