level = 1

def outer():
    level = 2
    class Inner:
        level = level
    return Inner
