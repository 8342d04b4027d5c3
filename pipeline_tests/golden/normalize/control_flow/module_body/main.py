a
def f():
    pass
@b
class C(d):
    e
