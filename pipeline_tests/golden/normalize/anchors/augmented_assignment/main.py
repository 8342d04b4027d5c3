def f(o, d, k):
    o.n += d[k]
    d[k] -= 1
    k *= 2
