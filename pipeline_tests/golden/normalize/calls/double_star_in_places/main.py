f(**a, k=b, **c)
f(*a, b, *c)
