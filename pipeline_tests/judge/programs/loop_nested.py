def run(rows):
    out = []
    for row in rows:
        for cell in row:
            if cell < 0:
                break
            if cell == 0:
                continue
            while cell > 3:
                cell //= 2
                if cell == 5:
                    continue
                out.append(cell)
            else:
                out.append(None)
        else:
            out.append("row")
            continue
        break
    else:
        out.append("end")
    return out


print(run([[1, 0, 10], [20]]), run([[1, -1, 2], [3]]), run([]))
