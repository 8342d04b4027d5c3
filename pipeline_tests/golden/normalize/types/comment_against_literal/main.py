a = []  # type: list
b = None  # type: str
