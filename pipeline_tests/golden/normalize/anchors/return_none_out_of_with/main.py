def f(cm):
    with cm:
        work()
        return None
