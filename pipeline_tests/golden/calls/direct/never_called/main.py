def helper():
    pass


def unused():
    helper()
