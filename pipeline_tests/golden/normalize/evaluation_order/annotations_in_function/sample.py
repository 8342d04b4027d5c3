nonlocal refused


def f():
    x: a = b
    y.z: c
    w: d
