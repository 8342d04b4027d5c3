def f(a, b, c):
    g(a if c else b)
    after(1, 2, 3)
