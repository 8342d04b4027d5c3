def build(base, meta):
    class Made(base, metaclass=meta, option=base):
        base = 1
    return Made
