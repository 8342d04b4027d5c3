def a():
    pass

def b():
    pass

def gen():
    yield a
    yield b

x, y = gen()
x()
y()
