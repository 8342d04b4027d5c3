import abc


class Base:
    pass


class Shop(Base, abc.ABC, Exception):
    pass
