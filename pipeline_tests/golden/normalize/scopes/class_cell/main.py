class Shape:
    def kind(self):
        def name():
            return __class__
        return name, super
    own = lambda self: __class__
def outside():
    return __class__
