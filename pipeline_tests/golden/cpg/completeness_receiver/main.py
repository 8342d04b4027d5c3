class A:
    def m(self):
        self.n()
    def n(self): ...
