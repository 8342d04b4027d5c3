def call(a, b=1, /, c: int = 2, *rest: str, d, e=3, **extra):
    pass

pick = lambda x, y=4: x
