class Tool:
    @staticmethod
    def use():
        pass
