from lib import work


def make():
    return work
