class Root:
    def go(self):
        pass


class Left(Root):
    pass


class Right(Root):
    def go(self):
        pass


class Both(Left, Right):
    def go(self):
        super().go()
