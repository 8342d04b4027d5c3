width = 9

class Grid:
    width = 3
    cells = [width * column for column in range(width)]
