class Action:
    def __call__(self):
        pass


act = Action()
act()
