class C:
    if a:
        b
    c
