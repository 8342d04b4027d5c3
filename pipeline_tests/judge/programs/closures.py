def counter(start):
    n = start

    def step(by=1):
        nonlocal n
        n += by
        return n

    def peek():
        return n

    n += 100
    return step, peek


step, peek = counter(1)
print(step(), step(5), peek())


def late():
    def inner():
        return value
    try:
        inner()
    except NameError as error:
        print(error)
    value = "now"
    got = inner()
    del value
    try:
        inner()
    except NameError as error:
        print(error)
    return got


print(late())
