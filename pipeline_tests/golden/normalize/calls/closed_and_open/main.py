def once(): ...
def again(): ...
again = make
@deco
def replaced(): ...
class A:
    def m(self): ...
    @staticmethod
    def s(): ...
    def patched(self): ...
A.patched = once

def f(p):
    once()
    again()
    replaced()
    A()
    A.m(p)
    A.s()
    A.patched(p)
    p()
    p.m()
    (lambda: 0)()
    missing()
    print()
    f.attribute()
    make()()
    p[0]()
