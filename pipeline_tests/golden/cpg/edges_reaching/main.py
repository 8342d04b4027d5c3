LIMIT = 3


def run(start, fast):
    step = start
    if fast:
        step = LIMIT
    return lambda: step
