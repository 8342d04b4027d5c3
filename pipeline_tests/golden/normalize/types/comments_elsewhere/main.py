# type: int
x = [
    1,  # type: int
]
def f():
    pass
    # type: () -> int
    y = 1
    # type: str
