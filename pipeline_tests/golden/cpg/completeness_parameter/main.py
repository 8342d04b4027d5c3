def run(act):
    act()
def f(): ...
run(f)
