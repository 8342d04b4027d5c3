class Job:
    def run(self, done):
        done(self.name())
    def name(self):
        return "x"
def finished(name):
    pass
Job().run(finished)
