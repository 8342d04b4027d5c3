from operator import methodcaller

class A:
    def f(self):
        pass

methodcaller("f")(A())
