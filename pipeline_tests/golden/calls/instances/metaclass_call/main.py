class Meta(type):
    def __call__(cls):
        pass


class Shop(metaclass=Meta):
    def __init__(self):
        pass


Shop()
