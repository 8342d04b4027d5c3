def a():
    pass
def b():
    pass
def run(**handlers):
    handlers["first"]()
run(first=a, second=b)
