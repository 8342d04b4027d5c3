def a():
    pass
def run(f=a):
    f()
run()
