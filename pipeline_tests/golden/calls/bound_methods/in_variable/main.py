class Shop:
    def sell(self):
        self.count()

    def count(self):
        pass


sell = Shop().sell
sell()
