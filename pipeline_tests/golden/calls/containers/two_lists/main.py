def a():
    pass


def b():
    pass


first = [a]
second = [b]
first[0]()
second[0]()
