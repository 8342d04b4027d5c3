class A:
    __x = 1

    def __get(self, __p=2):
        __local = self.__x + __p
        return [__local for __i in range(2)]

    def run(self):
        try:
            __global
        except NameError as error:
            print(error)
        return self.__get()


_A__global2 = 5
print(A().run(), A._A__x)
