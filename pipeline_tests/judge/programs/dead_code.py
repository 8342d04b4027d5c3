def run(n):
    if n:
        return 1
        print("after return")
    else:
        raise ValueError
        n = 2
    print("nobody")


def constants():
    if False:
        print("never")
    while 0:
        print("never")
    if __debug__:
        x = 1
    else:
        x = 2
    if not True:
        x = 3
    while True:
        if x:
            break
    else:
        x = 4
    return x
    yield


def loop():
    while True:
        pass_through = 1
        if pass_through:
            return
    print("never")


print(run(1), list(constants()), loop())
try:
    run(0)
except ValueError:
    pass
