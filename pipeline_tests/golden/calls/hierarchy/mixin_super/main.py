class Log:
    def save(self):
        super().save()


class Store:
    def save(self):
        pass


class LoggedStore(Log, Store):
    pass


LoggedStore().save()
