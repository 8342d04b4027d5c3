class Node:
    def __init__(self, following):
        self.following = following

    def walk(self):
        if self.following:
            self.following.walk()


Node(Node(None)).walk()
