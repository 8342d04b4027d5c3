from operator import attrgetter

class A:
    def f(self):
        pass

attrgetter("f")(A())()
