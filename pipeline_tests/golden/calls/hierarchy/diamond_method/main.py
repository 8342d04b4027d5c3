class Top:
    def go(self):
        pass
class Left(Top):
    pass
class Right(Top):
    def go(self):
        pass
class Both(Left, Right):
    pass
Both().go()
