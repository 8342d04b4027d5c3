def go(self):
    pass


Thing = type("Thing", (), {"go": go})
Thing().go()
