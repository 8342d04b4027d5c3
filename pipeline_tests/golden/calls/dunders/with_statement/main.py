class Area:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def go(self):
        pass


with Area() as area:
    area.go()
