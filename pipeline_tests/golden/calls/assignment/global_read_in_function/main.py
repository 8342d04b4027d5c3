def a():
    pass
def b():
    pass
f = a
def run():
    f()
f = b
run()
