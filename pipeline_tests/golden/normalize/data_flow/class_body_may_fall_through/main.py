x = 1
class C:
    if c():
        x = 2
    y = x
