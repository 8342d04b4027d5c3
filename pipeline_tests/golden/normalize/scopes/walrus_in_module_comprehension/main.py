found = any((match := item) for item in data)
def later():
    return match
