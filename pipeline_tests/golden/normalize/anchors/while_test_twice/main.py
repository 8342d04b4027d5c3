def f(n, limit):
    while n < limit:
        n = step(n)
