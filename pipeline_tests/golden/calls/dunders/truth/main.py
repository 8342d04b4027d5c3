class Flag:
    def __bool__(self):
        return True


if Flag():
    pass
