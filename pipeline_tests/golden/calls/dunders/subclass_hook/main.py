class Base:
    def __init_subclass__(cls):
        cls.known()

    @classmethod
    def known(cls):
        pass


class Child(Base):
    pass
