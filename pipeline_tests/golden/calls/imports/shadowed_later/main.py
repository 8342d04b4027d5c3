from lib import work

work()


def work():
    pass


work()
