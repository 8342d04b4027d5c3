flag = 1
def check():
    if False:
        flag = 2
    while 0:
        other = 3
    return flag, other
