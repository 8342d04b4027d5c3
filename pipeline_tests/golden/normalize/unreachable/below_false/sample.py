if 0:
    a
    b
c
