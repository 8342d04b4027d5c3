try:
    from fast import work
except ImportError:

    def work():
        pass


work()
