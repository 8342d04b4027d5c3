def total(rows, factor):
    return sum(value * factor for row in rows for value in row)
