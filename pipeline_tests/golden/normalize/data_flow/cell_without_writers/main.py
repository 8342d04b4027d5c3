def outer():
    v = 1
    def get():
        return v
    get()
    return v
