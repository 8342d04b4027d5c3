T = 1
class C:
    T = 2
    def m[X](self, a: T): ...
