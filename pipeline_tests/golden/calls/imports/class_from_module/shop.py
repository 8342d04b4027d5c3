class Shop:
    def __init__(self):
        self.count()

    def count(self):
        pass

    def sell(self):
        pass
