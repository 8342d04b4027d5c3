@first
@second(1)
class C:
    pass
