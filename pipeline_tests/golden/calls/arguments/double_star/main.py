def a():
    pass


def b():
    pass


def run(**functions):
    functions["one"]()
    functions["two"]()


run(one=a, two=b)
