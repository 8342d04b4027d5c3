class A:
    def __getattribute__(self, name):
        return super().__getattribute__(name)

    def f(self):
        pass

A().f()
