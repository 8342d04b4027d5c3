def f():
    global mode
    mode = 1
    return mode
mode = 0
