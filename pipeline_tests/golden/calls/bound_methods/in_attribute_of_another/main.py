class Button:
    def __init__(self, action):
        self.action = action

    def press(self):
        self.action()


class Window:
    def close(self):
        pass


Button(Window().close).press()
