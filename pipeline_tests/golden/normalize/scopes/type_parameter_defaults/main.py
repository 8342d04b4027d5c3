Base = object
class Box[T = Base, *Ts = *tuple[T], **P = [T, int]]:
    Base = str
    def get[U = Base](self) -> U:
        return U
