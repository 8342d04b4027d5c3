class C:
    def m(self, __a):
        try:
            self.__b = __a
        except Error as __e:
            pass
        match __a:
            case [__x, __y]:
                return __x, __y
