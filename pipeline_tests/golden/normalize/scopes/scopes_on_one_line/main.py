def f(a: (lambda p: 0) = (lambda q: 1), *, b: (lambda r: 2) = (lambda s: 3)) -> (lambda t: 4): pass
g = [(lambda u: u)(x) for x in (lambda w: w)([y for y in ()]) if (lambda z: z)(x)]
h = {(lambda k: k)(i): (lambda v: v)(i) for i in ()}
