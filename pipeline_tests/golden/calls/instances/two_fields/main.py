def a():
    pass
def b():
    pass
class Pair:
    def __init__(self, x, y):
        self.x = x
        self.y = y
pair = Pair(a, b)
pair.x()
pair.y()
