def a():
    pass

def b():
    pass

fs = [a]
fs.insert(0, b)
fs.pop()()
