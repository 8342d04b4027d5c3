class Part:
    def go(self):
        pass
class Machine:
    def __init__(self):
        self.parts = []
    def add(self, part):
        self.parts.append(part)
    def run(self):
        for part in self.parts:
            part.go()
machine = Machine()
machine.add(Part())
machine.run()
