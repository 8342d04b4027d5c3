class Service:
    def __init__(self, repo):
        self.repo = repo

    def create(self, name):
        model = self.repo.add(name)
        model.validate()
        return model
