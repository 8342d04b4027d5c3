total = 1
def clear():
    del total
    return total
