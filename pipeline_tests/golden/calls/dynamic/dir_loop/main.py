class Tests:
    def test_a(self):
        pass

    def test_b(self):
        pass

    def helper(self):
        pass

t = Tests()
for name in dir(t):
    if name.startswith("test_"):
        getattr(t, name)()
