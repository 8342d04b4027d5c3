class Base:
    def __init__(self):
        pass


class Shop(Base):
    pass


Shop()
