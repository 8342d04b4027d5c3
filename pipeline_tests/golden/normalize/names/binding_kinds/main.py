import os.path
from io import StringIO as Buffer

def use(path, *rest, flag=False, **extra):
    for index, (key, value) in enumerate(rest):
        pass
    with open(path) as (reader, _):
        pass
    try:
        a = b = 1
    except OSError as error:
        c: int
        d: int = 2
    match path:
        case [first, *others]:
            pass
        case {"k": _, **remaining} as whole:
            pass
    del index

class Thing:
    pass
