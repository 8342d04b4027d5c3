class Shop:
    def sell(self):
        pass


Shop().sell()
