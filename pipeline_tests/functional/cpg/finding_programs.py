"""A program per rule: lines that it finds end in its name, and beside each stand near misses."""

from __future__ import annotations

from pipeline_assets.cpg.rules.names import RULES as _RULES

RULES = tuple(_RULES)
TEXTS = {
    "unbound-variable": """\
def early():
    print(total)  # unbound-variable
    total = 1

def perhaps(flag):
    if flag:
        total = 1
    print(total)

def again():
    total = 1
    del total
    return total  # unbound-variable

def outer():
    def inner():
        return total
    total = 1
    return inner

def caught():
    try:
        work()
    except ValueError as error:
        pass
    return error  # unbound-variable

def finished(work):
    try:
        value = work()
        return value
    finally:
        print(value)
""",
    "assert-on-tuple": """\
def check(value):
    assert (value, "is missing")  # assert-on-tuple
    assert value, "is missing"
    assert ()
    assert (value), "is missing"
    assert [value, "is missing"]
""",
    "is-literal": """\
def same(value):
    print(value is 1)  # is-literal
    print("a" is not value)  # is-literal
    print(value is (1, 2))  # is-literal
    print(value is None, value is True, value is ...)
    print(value == 1)
    print(value is [])
""",
    "unreachable-except": """\
import json

class Mine(KeyError):
    pass

def read(text):
    try:
        work(text)
    except LookupError:
        pass
    except KeyError:  # unreachable-except
        pass
    except Mine:  # unreachable-except
        pass
    except (IndexError, ValueError):
        pass
    except Exception:
        pass
    except (TypeError, Mine):  # unreachable-except
        pass
    except KeyboardInterrupt:
        pass

def narrow(text):
    try:
        work(text)
    except KeyError:
        pass
    except LookupError:
        pass
    except json.JSONDecodeError:
        pass

def unknown(kind):
    try:
        work()
    except Exception:
        pass
    except kind:
        pass
""",
    "incompatible-override": """\
class Base:
    def send(self, text, times):
        pass

    def take(self, text):
        pass

    def open(self, *parts):
        pass

    def close(self):
        pass

    def __init__(self, one, two):
        pass

class Less(Base):
    def send(self, text):  # incompatible-override
        pass

    def take(self, text, place):  # incompatible-override
        pass

    def open(self, first):
        pass

    def close(self, how=None):
        pass

    def __init__(self):
        pass

class Same(Base):
    def send(self, *anything):
        pass

    def take(self, words, /):
        pass

    @staticmethod
    def close():
        pass
""",
    "duplicate-key": """\
key = 1
once = {"a": 1, "b": 2}
twice = {
    "a": 1,  # duplicate-key
    "b": 2,
    "a": 3,
}
kinds = {1: "int", "1": "text", b"1": "bytes", 1.0: "float"}
names = {key: 1, key: 2}
nested = {"a": {"a": 1}}
merged = {"a": 1, **{"a": 2}}
""",
    "redefined-unused": """\
from typing import overload

def one():  # redefined-unused
    return 1

def one():
    return 2

def two():
    return 1

print(two)

def two():
    return 2

@overload
def three(x: int): ...

@overload
def three(x: str): ...

def three(x):
    return x

if one:
    def four():
        return 1
else:
    def four():
        return 2

def five():
    return six()

def six():
    return 1

five()

def six():
    return 2

class Box:
    def size(self):  # redefined-unused
        return 1

    def size(self):
        return 2

    @property
    def name(self):
        return ""

    @name.setter
    def name(self, value):
        pass
""",
    "mutable-default": """\
def add(item, items=[]):  # mutable-default
    items.append(item)

def count(*, seen={}):  # mutable-default
    return seen

def find(found=set()):  # mutable-default
    return found

def safe(items=(), more=None, frozen=frozenset()):
    return items, more, frozen

def late(make=lambda: []):
    return make()

def named(list):
    def inner(items=list()):
        return items
    return inner
""",
    "unreachable-code": """\
def give(flag):
    if flag:
        return 1
    return 2
    print(flag)  # unreachable-code

def make():
    return
    yield

def loop(items):
    for item in items:
        continue
        import json  # unreachable-code
    for item in items:
        if item:
            break
        print(item)
    raise ValueError
    items = 1  # unreachable-code
    print(items)
""",
    "unused-import": """\
import os

def plain():
    import json  # unused-import
    from re import match as found  # unused-import

def used():
    import json
    return json

def inner():
    import json
    def use():
        return json
    return use

def guarded():
    try:
        import json
    except ImportError:
        return False
    return True

def loaded():
    import xml.dom

def any_name():
    import json
    return locals()

def shared():
    global json
    import json

def quoted():
    from decimal import Decimal
    def inner(x: "Decimal"):
        return x
    return inner
""",
}
