__secret = 1

class _Safe:
    __code = 2

    def open(self, __key):
        return __key + self.__code + __secret + __name__
