class Outer:
    size = 1
    class Inner:
        again = size
    def method(self):
        class Local:
            half = size
