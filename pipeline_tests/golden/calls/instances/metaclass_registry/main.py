class Meta(type):
    registry = []

    def __new__(mcs, name, bases, ns):
        cls = super().__new__(mcs, name, bases, ns)
        mcs.registry.append(cls)
        return cls

class A(metaclass=Meta):
    def run(self):
        pass

for c in Meta.registry:
    c().run()
