class Target:
    def work(self):
        pass

class Proxy:
    def __init__(self, t):
        self._t = t

    def __getattr__(self, name):
        attr = getattr(self._t, name)
        return attr

Proxy(Target()).work()
