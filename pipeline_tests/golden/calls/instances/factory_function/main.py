class A:
    def go(self):
        pass
class B:
    def go(self):
        pass
def make(kind):
    if kind == "a":
        return A()
    return B()
make("a").go()
