from contextlib import closing

class R:
    def close(self):
        pass

    def use(self):
        pass

with closing(R()) as r:
    r.use()
