def a():
    pass


def b():
    pass


def give_a():
    return a


def give_b():
    return b


def giving(make):
    def decorate(f):
        def inner():
            f()
            return make()

        return inner

    return decorate


@giving(give_a)
def first():
    pass


@giving(give_b)
def second():
    pass


first()()
second()()
