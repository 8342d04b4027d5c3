from contextlib import contextmanager


def before():
    pass


@contextmanager
def area():
    before()
    yield


with area():
    pass
