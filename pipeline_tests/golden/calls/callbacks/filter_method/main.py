def keep(x):
    return check(x)
def check(x):
    return x > 1
for x in filter(keep, [1, 2]):
    print(x)
