def a():
    pass

def run(cmd):
    match cmd:
        case ["go", f] | ("run", f) if f:
            f()
        case _:
            stop()

def stop():
    pass

run(["go", a])
run(None)
