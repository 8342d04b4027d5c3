def twice(f):
    def call(*args, **kw):
        return f(*args, **kw), f(*args, **kw)
    return call


def with_argument(n):
    def decorate(f):
        f.n = n
        return f
    return decorate


@twice
@with_argument(3)
def add(a, b=2, *, c=3):
    return a + b + c


@with_argument(1)
class Thing:
    @classmethod
    @with_argument(2)
    def make(cls):
        return cls.n


def broken(f):
    raise LookupError("decorator")


print(add(1), Thing.make())
try:
    @broken
    def never():
        pass
except LookupError as error:
    print(error, "never" in globals())
