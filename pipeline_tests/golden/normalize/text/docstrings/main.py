"""Module.

    Indented.
  """
class C:
    '''	Tabs
    and spaces'''
    def f(self):
        # a comment is nothing
        ("in " "parts")
    async def g(self): "short"; 1
    def no(self):
        f"formatted"
    def bytes(self):
        b"bytes"
    def late(self):
        pass
        "late"
    def added(self):
        "a" + "b"
if C:
    "not the body of a definition"
x = lambda: "value"
