def f[T](a: T) -> T:
    return a
