def first(lines):
    found = [last := line for line in lines]
    return last
