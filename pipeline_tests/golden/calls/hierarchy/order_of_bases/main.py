class Left:
    def go(self):
        pass


class Right:
    def go(self):
        pass


class Both(Left, Right):
    pass


Both().go()
