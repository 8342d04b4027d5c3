from contextlib import contextmanager


@contextmanager
def give(value):
    yield value


class Holder:
    pass


def run():
    holder, table = Holder(), {}
    with give((1, (2, 3))) as (a, (b, *c)), give(4) as holder.x, give(5) as table["k"]:
        total = a + b + c[0] + holder.x + table["k"]
    return total


print(run())
