def run(items):
    x = "kept"
    y = "kept too"
    try:
        made = [1 / x for x in items for y in (x,)]
    except ZeroDivisionError:
        made = None
    return x, y, made


def unbound(items):
    try:
        made = [v for v in items if v.missing]
    except AttributeError:
        made = []
    try:
        return v
    except UnboundLocalError:
        v = made
    return v


print(run([1, 2]), run([1, 0]), unbound([1]), unbound([]))
