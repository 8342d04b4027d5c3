nonlocal refused


def f():
    while a:
        if b:
            break
        c
    else:
        d
