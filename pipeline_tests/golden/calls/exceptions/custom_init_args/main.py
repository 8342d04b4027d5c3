def note():
    pass
class Failure(Exception):
    def __init__(self, what):
        super().__init__(what)
        note()
try:
    raise Failure("x")
except Failure:
    pass
