class Shop:
    def sell(self):
        pass


def make():
    return Shop()


make().sell()
