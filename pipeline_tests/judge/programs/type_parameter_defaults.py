# requires 3.13
class Box[T = int, *Ts = *tuple[int, ...]]:
    pass


def make[T = str](x: T) -> T:
    return x


print(Box.__type_params__[0].__default__, make.__type_params__[0].__default__, make(1))
