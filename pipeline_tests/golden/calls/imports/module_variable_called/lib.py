class Tool:
    def use(self):
        pass
tool = Tool()
