class E(Exception):
    def show(self):
        pass

def make():
    return ExceptionGroup("g", [E()])

try:
    raise make()
except* E as group:
    for e in group.exceptions:
        e.show()
