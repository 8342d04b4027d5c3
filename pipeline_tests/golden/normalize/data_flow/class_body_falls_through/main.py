x = 1
class C:
    x = x
    y = x
