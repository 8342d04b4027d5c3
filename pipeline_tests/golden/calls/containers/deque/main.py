from collections import deque

def a():
    pass

q = deque()
q.append(a)
q.popleft()()
