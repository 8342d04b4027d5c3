def outer(K):
    class Map[K, V: K](Base[K], key=V):
        def put(self, key: K) -> V:
            return K
    return Map
class Base: ...
