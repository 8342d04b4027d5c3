class Shop:
    def sell(self):
        self.note()
    def note(self):
        pass
def run(action=None):
    if action:
        action()
run(action=Shop().sell)
