@a(b())
class K(c(), k=d()):
    e = [f() for _ in g() if h()]
def m(x=i(), *, y=j()):
    f"{k()}{l():{n()}}"
    o()[p():q()] = r()
    with s() as t().u: raise v() from w()
    assert x1(), y1()
    del z1()[0]
    match a2():
        case b2 if c2(): ...
