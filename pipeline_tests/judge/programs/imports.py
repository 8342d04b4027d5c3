import os.path
import os.path as p, sys as system
from collections import OrderedDict as O, namedtuple
try:
    import not_there
except ImportError:
    not_there = None
from textwrap import *


def local(deep):
    import json
    from json import decoder as d, encoder
    if deep:
        import xml.dom as dom
    try:
        from json import missing
    except ImportError as error:
        missing = error.name
    return json.__name__, d.__name__, encoder.__name__, missing, dom if deep else None


print(os.path is p, system.maxsize > 0, O(), namedtuple("T", "a b")(1, 2), not_there, dedent("  x"), local(0)[:3], local(1)[3])
