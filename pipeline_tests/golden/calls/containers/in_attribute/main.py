def act():
    pass


class Registry:
    def __init__(self):
        self.table = {}

    def add(self, key, function):
        self.table[key] = function

    def run(self, key):
        self.table[key]()


registry = Registry()
registry.add("act", act)
registry.run("act")
