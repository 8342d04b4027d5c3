a: int = 1
b: float = 1
c = ""
d = [1]
e = None
