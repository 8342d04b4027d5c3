def make(base):
    class A(base):
        def m(self):
            self.n()
        def n(self): ...
    return A
