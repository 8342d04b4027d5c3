a: b[c] = d
def f(g: h[i]) -> j[k]:
    l: m[n] = o
class K:
    p: q[r]
    def s(self):
        class Inner:
            t: u[v]
