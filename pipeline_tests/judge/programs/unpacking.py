def run(value):
    a, b = value
    a, b = b, a
    (c, [d, *e]), f = (a, [b, 1, 2]), 3
    g = h = (i, j) = (c, d)
    *k, l = e
    first, *_ = {**{"x": 1}, **dict(y=2)}, *e, *[f]
    x, y, z = 1, 2, 3
    y, x, z = x, z, y
    return a, b, c, d, e, f, g, h, i, j, k, l, first, x, y, z


print(run((1, 2)))
for bad in ((1,), (1, 2, 3), 5):
    try:
        run(bad)
    except (TypeError, ValueError) as error:
        print(error)
