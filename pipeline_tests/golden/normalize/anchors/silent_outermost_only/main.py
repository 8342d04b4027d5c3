def f():
    return
    if x:
        y()
    else:
        z()
