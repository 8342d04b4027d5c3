def f(a, /, b, *args, c=1, **kw):
    return a, b, args, c, kw


def order(log, value):
    log.append(value)
    return value


log = []
print(f(order(log, 1), *[order(log, 2), order(log, 3)], c=order(log, 4), **{"d": order(log, 5)}), log)
print(f(1, b=2), f(*(1, 2), *(3,), **{"c": 4}, e=5))
for bad in (lambda: f(), lambda: f(a=1, b=2), lambda: f(1, 2, **{1: 2})):
    try:
        bad()
    except TypeError as error:
        print(error)
