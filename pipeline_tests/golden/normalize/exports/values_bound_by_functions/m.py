def fill():
    global cache
    cache = 1
    local = 2
