def area(width, height=2, *rest):
    return width * height
