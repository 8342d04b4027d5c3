def make(step):
    return lambda value, step=step: value + step
