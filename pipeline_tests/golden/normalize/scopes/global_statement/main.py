def start():
    global state
    state = 1

def read():
    return state
