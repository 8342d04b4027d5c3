def a():
    pass
def b():
    pass
made = [f for f in [a, b]]
made[0]()
