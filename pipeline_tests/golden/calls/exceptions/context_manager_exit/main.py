class Guard:
    def __enter__(self):
        return self
    def __exit__(self, *why):
        self.close()
    def close(self):
        pass
    def use(self):
        pass
with Guard() as guard:
    guard.use()
