def a():
    pass

def b():
    pass

first = (a,)
both = (*first, b)
both[1]()
