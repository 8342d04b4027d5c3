def a():
    pass
def build(f):
    class Made:
        def go(self):
            f()
    return Made
build(a)().go()
