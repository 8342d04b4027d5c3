class Shop:
    def sell(self):
        pass


shop = Shop()
