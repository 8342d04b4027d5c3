def work():
    pass


handler = work
