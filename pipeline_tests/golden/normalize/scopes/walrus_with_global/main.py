def scan(items):
    global best
    return [best for item in items if (best := item)]
