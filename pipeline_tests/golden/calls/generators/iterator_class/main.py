def a():
    pass
class Once:
    def __init__(self):
        self.left = [a]
    def __iter__(self):
        return self
    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop()
for f in Once():
    f()
