def a():
    pass
def b():
    pass
def turns():
    at = 0
    def turn():
        nonlocal at
        (a, b)[at % 2]()
        at += 1
    return turn
turn = turns()
turn()
turn()
