def make(f):
    def call():
        f()
    return call

def a():
    pass

def b():
    pass

first = make(a)
second = make(b)
first()
