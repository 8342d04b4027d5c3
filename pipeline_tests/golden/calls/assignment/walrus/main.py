def act():
    pass


if (f := act) is not None:
    f()
