def last_cell(rows):
    [[(last := cell) for cell in row] for row in rows]
    return last
