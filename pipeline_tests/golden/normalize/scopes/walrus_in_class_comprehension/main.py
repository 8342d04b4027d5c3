class Table:
    rows = [(last := row) for row in source]
def free():
    return source
