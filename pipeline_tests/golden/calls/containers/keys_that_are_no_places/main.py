def act():
    return 1


def run():
    table = {"²": act, 99999999999999999999: act}
    table["²"]()
    table[99999999999999999999]()


run()
