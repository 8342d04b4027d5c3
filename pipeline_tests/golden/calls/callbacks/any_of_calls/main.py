def a():
    return 1
def b():
    return 0
print(any(f() for f in (b, a)))
