def a():
    pass
run = lambda f=a: f()
run()
