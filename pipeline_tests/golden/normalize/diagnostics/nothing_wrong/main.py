def outer(a, b, *c, d=1, **e):
    f = [g for g in c if g is not b]
    class K:
        h = a
        def i(self): return super().__repr__(), __class__, f, lambda j: j + d
    def k():
        nonlocal f
        f = {l: m for l, m in e.items()}
        global n
        n = (o for o in f if b)
    return K, k
try: ...
except Exception as p: ...
