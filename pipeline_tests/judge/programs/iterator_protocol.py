class Upto:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        i = 0
        while i < self.n:
            yield i
            i += 1
        return "done"


class Old:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i


class Broken:
    def __iter__(self):
        return self

    def __next__(self):
        raise OSError("next")


def use(it):
    total = 0
    try:
        for x in it:
            total += x
        else:
            total += 100
    except (OSError, TypeError) as error:
        total = error
    a, *b = it if not isinstance(it, (Broken, int)) else "ab"
    return total, a, b


for it in (Upto(3), Old(), Broken(), 5, [1]):
    print(use(it))
