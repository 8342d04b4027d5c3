class __:
    __x = 1
    y = __x
