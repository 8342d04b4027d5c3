limit = 1
def make(limit):
    class Box:
        before = limit
        limit = 2
        after = limit
        def method(self):
            return limit
    return Box
class Loop:
    for turn in range(3):
        seen = limit
        limit = turn
    while limit:
        limit = step
        step = 0
class Never:
    inside = [limit for _ in range(limit)]
    limit = 3
