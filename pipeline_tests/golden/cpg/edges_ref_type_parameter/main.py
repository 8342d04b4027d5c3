def first[T](items: T):
    pass
