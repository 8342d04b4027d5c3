def f():
    x = [a for b in c if d]
