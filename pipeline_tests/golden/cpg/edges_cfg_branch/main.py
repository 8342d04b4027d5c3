def pick(flag):
    if flag:
        a = 1
    else:
        a = 2
    return a
