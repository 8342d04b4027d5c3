def act():
    pass


class Failure(Exception):
    def __init__(self, action):
        self.action = action


try:
    raise Failure(act)
except Failure as error:
    error.action()
