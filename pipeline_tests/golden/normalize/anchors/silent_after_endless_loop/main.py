def f():
    while True:
        step()
    never()

def g():
    try:
        raise Error
    except Error:
        return 1
    else:
        never()
    never()

def h(x):
    if x:
        return 1
    else:
        raise Error
    never()
