def f(rows):
    a = [x + 1 for x in rows]
    b = {y: -y for y in rows}
    return sum(not z for z in rows)
