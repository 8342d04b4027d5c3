def a():
    pass
def b():
    pass
a.next = b
a.next()
