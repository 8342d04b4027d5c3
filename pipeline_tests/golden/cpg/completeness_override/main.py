class A:
    def m(self):
        self.n()
    def n(self): ...
class B(A):
    def n(self): ...
A().m()
kept = B()
