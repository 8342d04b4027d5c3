def show(value, width):
    inner = 2
    return f"{value!r:>{width}}" + f"{f'{inner}'}{value.real=}"
