def f():
    try:
        a
    except:
        pass
    b
