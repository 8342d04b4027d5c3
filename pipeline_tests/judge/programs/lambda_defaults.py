n = 5
fs = [lambda x, n=n: x + n for n in range(3)]
g = lambda *a, **k: (a, k) if a else (yield)
print([f(10) for f in fs], n, (lambda: (lambda: n)())(), sorted([3, 1], key=lambda v: -v), type(g(1)))
