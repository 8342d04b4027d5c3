import os

class Job:
    def run(this, items):
        this.start()
        this.step.go()
        super().run(items)
        os.path.join("a", *items, sep=1, **{})
        [this.stop() for _ in items]
        items[0]()
        make()()
        (lambda: 0)()
        (await_ or make)(1)

    @staticmethod
    def helper(first):
        first.call()

@decorate(1)
def make(): ...
