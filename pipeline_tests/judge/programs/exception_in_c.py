def run(items):
    try:
        return sorted(items, key=lambda v: 1 / v)
    except ZeroDivisionError:
        pass
    try:
        return list(map(int, items + ["x"]))
    except ValueError as error:
        return str(error)


class Hook:
    def __del__(self):
        raise KeyError

    def __eq__(self, other):
        raise ArithmeticError("eq")

    def __hash__(self):
        return 1


print(run([2, 1]), run([1, 0]))
try:
    {Hook(): 1, Hook(): 2}
except ArithmeticError as error:
    print(error)
try:
    [Hook()].index(Hook())
except ArithmeticError as error:
    print(error)
