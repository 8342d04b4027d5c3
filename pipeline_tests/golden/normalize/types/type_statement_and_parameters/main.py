type Pair[T] = tuple[T, "T"]


def f[S: "Later", U: (int, str)](a: S, b: "S") -> "U": ...


class Box[V](list["V"]): ...


class Later: ...
