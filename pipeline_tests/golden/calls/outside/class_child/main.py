from collections import UserDict

class Table(UserDict):
    def show(self):
        return self.name()

    def name(self):
        return "t"

Table().show()
