from functools import singledispatchmethod

class A:
    @singledispatchmethod
    def show(self, x):
        pass

    @show.register
    def _(self, x: int):
        self.number()

    def number(self):
        pass

A().show(1)
