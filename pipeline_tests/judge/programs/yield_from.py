def inner(n):
    got = []
    try:
        for i in range(n):
            got.append((yield i))
    except ValueError as error:
        got.append(error)
        yield "caught"
    finally:
        got.append("end")
    return got


def outer(n):
    before = yield from inner(n)
    try:
        after = yield from [1, 2]
    except KeyError:
        after = "key"
    return before, after


def drain(g):
    try:
        while True:
            print(next(g))
    except StopIteration as stop:
        return stop.value


print(drain(outer(2)))
g = outer(2)
next(g)
g.send("sent")
print(g.throw(ValueError("x")))
print(drain(g))
g = outer(0)
next(g)
try:
    g.throw(KeyError)
except StopIteration as stop:
    print(stop.value)
g = outer(3)
next(g)
g.close()
