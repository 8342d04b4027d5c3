class Money:
    def __format__(self, spec):
        return ""


f"{Money()}"
