def a():
    pass


def b():
    pass


table = {"a": a, "b": b}


def run(key):
    table[key]()


run("b")
