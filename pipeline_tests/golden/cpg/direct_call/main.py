def helper():
    pass


def run():
    helper()
