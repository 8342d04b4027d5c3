def act():
    pass

class Bag:
    def __init__(self, **kw):
        for k, v in kw.items():
            setattr(self, k, v)

Bag(run=act).run()
