class Shop:
    @classmethod
    def make(cls):
        return cls()

    def __init__(self):
        pass


Shop.make()
