class Shop:
    def sell(self):
        def later():
            self.count()

        later()

    def count(self):
        pass
