def build():
    class Shop:
        def __init__(self):
            pass

        def sell(self):
            pass

    return Shop


Kind = build()
Kind().sell()
