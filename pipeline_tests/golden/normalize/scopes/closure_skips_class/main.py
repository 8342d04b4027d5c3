def make(size):
    class Box:
        size = 3

        def grow(self):
            return size

    return Box
