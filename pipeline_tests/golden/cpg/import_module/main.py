import lib


def run():
    lib.work()
