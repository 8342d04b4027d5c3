"""A change of an object is seen from then on."""
from probe import sink, source


def straight():
    x = {}
    sink(x.get("k"))  # none
    x["k"] = source()
    sink(x.get("k"))  # flow


def loop():
    x = {}
    for _ in range(2):
        sink(x.get("k"))  # flow
        x["k"] = source()


def fresh():
    for _ in range(2):
        x = {}
        sink(x.get("k"))  # none
        x["k"] = source()


def branches(flag):
    x = {}
    if flag:
        x["k"] = source()
    else:
        sink(x.get("k"))  # unseen


def new():
    x = {"k": source()}
    x = {}
    sink(x.get("k"))  # none


straight()
loop()
fresh()
branches(True)
new()
