def __mark(item):
    return item
@__mark
class Outer(__mark):
    @__mark
    def run(self, value=__mark) -> __mark:
        return __mark
