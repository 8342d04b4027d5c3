def a():
    pass


def b():
    pass


def run(first, second):
    first()
    second()


both = (a, b)
run(*both)
