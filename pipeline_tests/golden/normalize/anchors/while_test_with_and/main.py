def f(value):
    while value and value[0] != end:
        value = value[1:]
