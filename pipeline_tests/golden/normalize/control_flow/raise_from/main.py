def f():
    raise a from b
