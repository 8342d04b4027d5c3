def outer():
    v = 1
    def put():
        nonlocal v
        v = 2
    def get():
        return v
    return put, get
