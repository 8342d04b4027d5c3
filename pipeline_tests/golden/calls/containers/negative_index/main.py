def a():
    pass
def b():
    pass
items = [a, b]
items[-1]()
