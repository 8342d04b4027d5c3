def run():
    return 1

def run():
    return 2

run()
