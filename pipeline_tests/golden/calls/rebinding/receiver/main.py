class A:
    def go(self):
        pass


class B:
    def go(self):
        pass


x = A()
x.go()
x = B()
x.go()
