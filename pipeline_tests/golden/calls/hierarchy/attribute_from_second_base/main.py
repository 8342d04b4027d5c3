def act():
    pass
class One:
    pass
class Two:
    run = staticmethod(act)
class Both(One, Two):
    pass
Both().run()
