class Mixin:
    def go(self):
        return self.step()

class A(Mixin):
    def step(self):
        pass

class B(Mixin):
    def step(self):
        pass

A().go()
