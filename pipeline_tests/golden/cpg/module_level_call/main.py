def start():
    pass


start()
