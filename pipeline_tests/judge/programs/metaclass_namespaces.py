class Meta(type):
    @classmethod
    def __prepare__(cls, name, bases, **kw):
        return {"given": 1, **kw}

    def __new__(cls, name, bases, namespace, **kw):
        return super().__new__(cls, name, bases, dict(namespace))

    def __init__(cls, name, bases, namespace, **kw):
        super().__init__(name, bases, namespace)


class Base(metaclass=Meta, extra=2):
    total = given + extra

    def __init_subclass__(cls, **kw):
        cls.kw = kw


class Derived(Base, extra=3):
    __slots__ = ("a", "b")
    total = extra * 2

    def __init__(self):
        self.a = super().total
        self.__private = 1 if False else None if hasattr(self, "c") else setattr


try:
    print(Base.total, Derived.total, Derived().a)
except AttributeError as error:
    print(error)
