class Base:
    def __init__(self):
        pass


class Shop(Base):
    def __init__(self):
        Base.__init__(self)
