def count():
    pass


class Shop:
    def count(self):
        pass

    def sell(self):
        count()
