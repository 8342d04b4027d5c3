class A:
    def m(self): ...
class B(A):
    def m(self):
        super().m()
