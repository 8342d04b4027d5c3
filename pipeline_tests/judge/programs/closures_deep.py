def a(x):
    def b(y):
        def c(z):
            nonlocal x, y
            x, y = y, x
            if z:
                return c(z - 1)
            return x, y
        return c
    b1 = b(x * 2)
    return b1(1), b1(0), x


print(a(1), a(2))


def params(p, *args, k=1, **kw):
    def inner():
        return p, args, k, kw
    p = p + 1
    k += 1
    return inner()


print(params(1, 2, k=3, z=4))
