def act():
    helper()
def helper():
    pass
