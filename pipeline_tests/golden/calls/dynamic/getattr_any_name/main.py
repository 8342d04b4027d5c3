import sys


class Shop:
    def run(self, name):
        return getattr(self, name)()

    def open(self):
        return 1

    def shut(self):
        return 2

    def _hidden(self):
        return 3


Shop().run(sys.argv[1] if len(sys.argv) > 1 else "".join(["op", "en"]))
