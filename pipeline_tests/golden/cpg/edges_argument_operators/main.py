a = b = c
a, b = c
{a: b, **c}
a < b < c
f(lambda: a)
