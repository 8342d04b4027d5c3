import sys as __top
class Box:
    import os as __os
    from json import dumps as __dumps
    import __own.part
    def __grow(self, __by):
        global __count
        __count = __by
        for __i in self.__rows:
            del __i
        with self as __me:
            pass
        try:
            pass
        except ValueError as __e:
            pass
        match __by:
            case [__first, *__others]:
                pass
        return [__j for __j in __os if (__w := __j)]
    class __Inner:
        __deep = 1
    __Inner
