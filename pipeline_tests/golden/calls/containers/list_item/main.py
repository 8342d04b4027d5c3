def a():
    pass


def b():
    pass


table = [a, b]
table[0]()
table[-1]()
