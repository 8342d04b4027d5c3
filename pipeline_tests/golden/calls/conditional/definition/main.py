import sys


def fast():
    pass


def slow():
    pass


if len(sys.argv) > 99:

    def act():
        fast()

else:

    def act():
        slow()


act()
