"""Module."""
def f(x):
    """Function."""
    global g
    y: int
    if x:
        pass
    for i in x:
        continue
    return x
    dead()
    def never(): ...
