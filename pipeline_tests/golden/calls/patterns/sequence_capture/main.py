def a():
    pass

match ["run", a]:
    case ["run", f]:
        f()
