pair = (lambda a: a + 1, lambda a: a - 1)
