global version
version = 1
def show():
    return version
