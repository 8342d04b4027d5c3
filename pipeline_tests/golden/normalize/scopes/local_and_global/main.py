total = 0

def add(step):
    result = total + step
    return result
