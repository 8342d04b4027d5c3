class Shop:
    def __init__(self):
        pass

    @classmethod
    def build(cls):
        return cls()
