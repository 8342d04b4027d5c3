def one():
    return 1


def two():
    return 2


one() + two()
[0, 0, 0][one()]
{one(): two()}
f"{one()}"
not one()
