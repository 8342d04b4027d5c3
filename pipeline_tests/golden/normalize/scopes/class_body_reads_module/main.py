height = 2

class Page:
    width = 1
    area = width * height
