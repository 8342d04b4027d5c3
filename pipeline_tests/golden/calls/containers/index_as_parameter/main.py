def a():
    pass


def b():
    pass


def run(functions, place):
    functions[place]()


run([a, b], 1)
