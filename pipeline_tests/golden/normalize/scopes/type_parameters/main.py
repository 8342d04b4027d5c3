T = object

def first[T: (int, str)](items: list[T], default=T) -> T:
    return T

class Box[T](list[T]):
    item: T

    def get[U](self, by: U) -> T:
        return U

type Pair[T] = tuple[T, T]
