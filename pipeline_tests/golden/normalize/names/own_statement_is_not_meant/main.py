size = 1
def double(size=size):
    size = size * 2
    return size
class Box:
    size = size
    width = size
