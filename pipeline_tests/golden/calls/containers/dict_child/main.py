class Table(dict):
    def run(self, key):
        self[key]()

def a():
    pass

t = Table()
t["a"] = a
t.run("a")
