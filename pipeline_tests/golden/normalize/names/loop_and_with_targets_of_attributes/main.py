class Cursor: ...
cursor = Cursor()
with open("f") as cursor.file, open("g") as (first, cursor.other):
    for cursor.row, [index, *cursor.rest] in enumerate(cursor.file):
        cursor.rows[index] = first
