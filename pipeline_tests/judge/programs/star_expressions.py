def run(*a, **k):
    b = [*a, 0, *range(2)]
    c = (*b,)
    d = {*a, *b}
    e = {**k, "z": 1, **{"z": 2}}
    for f in *a, *b:
        pass
    return b, c, d, e, f, (lambda *x: x)(*a, *b)


print(run(1, 2, q=3))
