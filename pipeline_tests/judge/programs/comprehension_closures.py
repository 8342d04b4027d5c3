def run(n):
    later = [lambda: i for i in range(n)]
    bound = [lambda i=i: i for i in range(n)]
    i = "own"
    return [f() for f in later], [f() for f in bound], i


def shadow(x):
    inner = [x for x in [x, x]]
    fns = [(lambda: x) for x in inner]
    return x, inner, fns[0]()


class Holder:
    names = ["a", "b"]
    upper = [name.upper() for name in names]
    name = "class"
    kept = name


print(run(3), shadow(5), Holder.upper, Holder.kept)
