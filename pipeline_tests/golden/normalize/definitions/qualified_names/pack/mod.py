def outer():
    def inner():
        return lambda: (lambda: 0)
    class Local:
        def method(self):
            pass
    return [lambda: 1 for _ in ()]

async def walk():
    yield 1

class Top:
    class Nested:
        key = lambda self: 2
