import lib


def use(module):
    module.work()


use(lib)
