class A:
    def __str__(self):
        return "a"

print(A())
