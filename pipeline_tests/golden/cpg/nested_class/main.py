class Outer:
    class Inner:
        def __init__(self):
            pass

    def make(self):
        return self.Inner()


Outer.Inner()
