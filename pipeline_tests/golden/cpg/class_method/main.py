class Shop:
    @classmethod
    def build(cls):
        cls.prepare()

    @classmethod
    def prepare(cls):
        pass
