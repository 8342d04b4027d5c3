class Greets:
    def greet(self):
        self.name()


class Person(Greets):
    def name(self):
        pass


Person().greet()
