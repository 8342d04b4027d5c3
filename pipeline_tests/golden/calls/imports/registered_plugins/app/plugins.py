from .registry import register

@register("a")
class A:
    def execute(self):
        pass

@register("b")
class B:
    def execute(self):
        pass
