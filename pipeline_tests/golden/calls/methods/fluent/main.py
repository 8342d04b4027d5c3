class Query:
    def where(self):
        return self

    def order(self):
        return self


Query().where().order()
