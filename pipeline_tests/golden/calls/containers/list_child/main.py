class Hooks(list):
    def fire(self):
        for h in self:
            h()

def a():
    pass

h = Hooks()
h.append(a)
h.fire()
