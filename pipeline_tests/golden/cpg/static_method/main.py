class Shop:
    @staticmethod
    def tax():
        pass


def run():
    Shop.tax()
