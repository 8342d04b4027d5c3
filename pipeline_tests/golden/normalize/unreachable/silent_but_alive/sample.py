def f():
    """Text."""
    global x
    x = a
    "constant"
