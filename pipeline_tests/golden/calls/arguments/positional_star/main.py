def a():
    pass


def b():
    pass


def run(*functions):
    functions[0]()
    functions[1]()


run(a, b)
