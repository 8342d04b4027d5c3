def act():
    pass


class Registry:
    functions = []

    def add(self, function):
        self.functions.append(function)

    def run(self):
        for function in self.functions:
            function()


Registry().add(act)
Registry().run()
