class Failure(Exception):
    def __init__(self):
        pass

    def tell(self):
        pass


try:
    raise Failure()
except Failure as error:
    error.tell()
