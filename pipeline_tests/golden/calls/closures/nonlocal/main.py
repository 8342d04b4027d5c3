def first():
    pass


def second():
    pass


def outer():
    chosen = first

    def swap():
        nonlocal chosen
        chosen = second

    swap()
    chosen()


outer()
