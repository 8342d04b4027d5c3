class Till:
    def open(self):
        pass


class Base:
    def till(self):
        return Till()


class Child(Base):
    def till(self):
        return super().till()


Child().till().open()
