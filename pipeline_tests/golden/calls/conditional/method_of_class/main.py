import sys


class Base:
    if sys.platform == "nowhere":

        def run(self):
            return self.first()

    else:

        def run(self):
            return self.second()

    def first(self):
        return 1

    def second(self):
        return 2


class Child(Base):
    try:

        def stop(self):
            return self.run()

    except NameError:
        stop = None


def main(child):
    Base().run()
    child.stop()


main(Child())
