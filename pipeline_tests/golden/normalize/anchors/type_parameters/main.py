def f[T: bound](x: T) -> T:
    return x

class C[U](Base[U]):
    pass

type A[V] = list[V]
