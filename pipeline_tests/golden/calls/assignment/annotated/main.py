from typing import Callable


def act():
    pass


f: Callable[[], None] = act
f()
