a = 0

def f(rows):
    [a for a in rows]
    [a for b in rows]
    return lambda: a

class C:
    a = 1
    [a for b in ()]
    {(lambda: a) for a in ()}
