class Shop:
    def sell(self):
        self.count()

    def count(self):
        pass
