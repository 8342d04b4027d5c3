def double(x):
    return x


def run(items):
    return [double(x) for x in items]
