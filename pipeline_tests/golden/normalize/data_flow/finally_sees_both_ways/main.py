def f():
    x = 1
    try:
        x = g()
    finally:
        h(x)
