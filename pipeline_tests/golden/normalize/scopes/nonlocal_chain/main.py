def outermost():
    level = 1
    def middle():
        nonlocal level
        def innermost():
            nonlocal level
            level = 3
        innermost()
        return level
    return middle
