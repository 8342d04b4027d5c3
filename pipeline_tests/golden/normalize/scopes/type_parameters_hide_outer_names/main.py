T = int
def first[T](items: list[T], T=T):
    def inner(x: T) -> T:
        return T
    return T
class Box[T]:
    T = str
    one: T
    def get(self) -> T:
        return T
