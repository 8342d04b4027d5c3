type Tree = list[Tree] | Leaf
type Named[T] = dict[str, Named[T]]
class Leaf:
    type Own = tuple[Own, Leaf]
