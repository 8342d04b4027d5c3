try:
    a
except E:
    if b:
        c
    else:
        d
    def inner():
        if e:
            f
        try:
            g
        except* H:
            i
