class Shop:
    _only = None

    @classmethod
    def only(cls):
        if cls._only is None:
            cls._only = cls()
        return cls._only

    def __init__(self):
        pass

    def sell(self):
        pass


Shop.only().sell()
