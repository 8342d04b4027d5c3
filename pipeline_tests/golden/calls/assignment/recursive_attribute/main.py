class Node:
    def __init__(self):
        self.me = self
    def act(self):
        pass
node = Node()
node.me.me.act()
