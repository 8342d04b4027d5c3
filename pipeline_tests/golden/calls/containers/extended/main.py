def a():
    pass


def b():
    pass


table = [a]
table += [b]
for f in table:
    f()
