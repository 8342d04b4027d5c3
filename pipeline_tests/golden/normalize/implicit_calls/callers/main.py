a + b
def f(x=c + d):
    return [e + g for _ in ()]
class K:
    h = i + j
    k = lambda: l + m
