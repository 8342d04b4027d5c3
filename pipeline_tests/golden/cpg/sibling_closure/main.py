def outer():
    def first():
        pass

    def second():
        first()

    second()
