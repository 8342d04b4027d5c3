def decorate(function):
    def wrapper(self):
        return function(self)

    return wrapper


class Shop:
    @decorate
    def sell(self):
        self.count()

    def count(self):
        pass


Shop().sell()
