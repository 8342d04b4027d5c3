def trace(f):
    def wrapper(self):
        self.note()
        return f(self)
    return wrapper
class Shop:
    def note(self):
        pass
    @trace
    def sell(self):
        pass
Shop().sell()
