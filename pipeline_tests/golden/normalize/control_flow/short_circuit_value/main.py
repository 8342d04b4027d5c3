def f():
    x = a and b or c
