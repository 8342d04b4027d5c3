import lib


def mine():
    pass


lib.work = mine
lib.work()
