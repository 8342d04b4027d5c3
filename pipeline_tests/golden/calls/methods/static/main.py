class Shop:
    @staticmethod
    def tax():
        pass


Shop.tax()
Shop().tax()
