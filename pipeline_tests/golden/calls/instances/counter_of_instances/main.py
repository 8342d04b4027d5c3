class Node:
    all = []
    def __init__(self):
        Node.all.append(self)
    def act(self):
        pass
Node()
for node in Node.all:
    node.act()
