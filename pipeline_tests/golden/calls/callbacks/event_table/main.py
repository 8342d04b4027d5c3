def a():
    pass


def b():
    pass


class Bus:
    def __init__(self):
        self.table = {}

    def on(self, name, function):
        self.table.setdefault(name, []).append(function)

    def emit(self, name):
        for function in self.table[name]:
            function()


bus = Bus()
bus.on("x", a)
bus.on("x", b)
bus.emit("x")
