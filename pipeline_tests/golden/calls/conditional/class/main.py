import sys


class Fast:
    def go(self):
        pass


class Slow:
    def go(self):
        pass


if len(sys.argv) > 99:
    Chosen = Fast
else:
    Chosen = Slow

Chosen().go()
