def act():
    pass


globals()["act"]()
