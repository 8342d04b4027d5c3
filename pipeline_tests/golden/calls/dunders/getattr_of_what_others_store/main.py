class Options:
    def __init__(self, given):
        self.given = given

    def __getattr__(self, name):
        return self.given[name]


class Other:
    def __init__(self, options):
        self.start = options.start
        self.given = options.given


other = Other(Options({"start": 1}))
other.start
