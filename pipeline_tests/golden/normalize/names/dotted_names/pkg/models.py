LIMIT = 1
class Base:
    class Meta:
        pass
    def run(self):
        pass
