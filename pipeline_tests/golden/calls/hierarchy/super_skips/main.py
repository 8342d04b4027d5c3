class A:
    def go(self):
        pass
class B(A):
    def go(self):
        pass
class C(B):
    def go(self):
        super(B, self).go()
C().go()
