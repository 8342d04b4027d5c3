class Shop:
    pass


Shop()
