mode = 0
def outer():
    mode = 1
    def middle():
        global mode
        def inner():
            return mode
        return inner
    return middle, mode
