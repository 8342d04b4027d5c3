def act(self):
    pass
class Shop:
    pass
for name in ("open", "close"):
    setattr(Shop, name, act)
Shop().open()
