def truth():
    return True


def run():
    assert truth()
    return truth()


del [run() for _ in (1,)][0]
while not run():
    pass
