class Failure(ValueError):
    pass


Failure()
