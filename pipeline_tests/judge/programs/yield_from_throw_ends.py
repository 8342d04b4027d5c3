def inner():
    try:
        yield 1
    except KeyError:
        return "handled"


def outer():
    result = yield from inner()
    print(result)
    yield result


g = outer()
next(g)
print(g.throw(KeyError))
g.close()
