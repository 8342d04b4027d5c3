class Failure(Exception):
    def tell(self):
        pass


def work():
    raise Failure()


try:
    work()
except Failure as error:
    error.tell()
