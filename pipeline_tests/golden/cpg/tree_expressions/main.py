a, b = [x for x in c if x]
d.e += {1: f"{a}"}[0:2]
del a
g(not b, *c, key=a < b, **d)
h = a if b else lambda y: y
