known = []


def add(function):
    known.append(function)


def fire():
    for function in known:
        function()
