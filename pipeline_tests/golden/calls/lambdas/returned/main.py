def make():
    return lambda: None


make()()
