def act():
    pass


stack = [act]
stack.pop()()
