class Till:
    def open(self):
        pass


class Shop:
    @property
    def till(self):
        return Till()


Shop().till.open()
