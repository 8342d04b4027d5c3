def run():
    from lib import work

    work()


run()
