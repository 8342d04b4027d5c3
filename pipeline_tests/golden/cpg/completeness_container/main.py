def f(): ...
table = {"a": f}
table["a"]()
def add(given):
    table["b"] = given
def use(key):
    table[key]()
