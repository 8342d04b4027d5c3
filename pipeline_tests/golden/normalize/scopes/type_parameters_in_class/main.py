class Store:
    Key = str
    def get[T: Key](self, key: Key, default: T) -> Key:
        return Key
    type Pair[U] = tuple[Key, U]
    class Inner[V](Key):
        pass
