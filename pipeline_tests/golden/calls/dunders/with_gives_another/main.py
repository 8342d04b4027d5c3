class Tool:
    def use(self):
        pass


class Area:
    def __enter__(self):
        return Tool()

    def __exit__(self, *error):
        pass


with Area() as tool:
    tool.use()
