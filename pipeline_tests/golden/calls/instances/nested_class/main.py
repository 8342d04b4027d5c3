class Outer:
    class Inner:
        def __init__(self):
            pass

        def go(self):
            pass


Outer.Inner().go()
