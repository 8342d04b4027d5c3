def a():
    pass
add = lambda f: lambda: f()
add(a)()
