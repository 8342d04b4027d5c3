class Box:
    value = 0

    def __getitem__(self, key):
        return self.value + key

    def __setitem__(self, key, value):
        self.value = value


def run(n):
    box = Box()
    box.value += n
    box[n] *= 2
    text = "a"
    text += "b" if n else "c"
    items = [n]
    items += [1] and [2]
    n -= 1
    n **= 2
    return box.value, text, items, n


print(run(0), run(3))
try:
    def missing():
        unset += 1
    missing()
except UnboundLocalError as error:
    print(error)
