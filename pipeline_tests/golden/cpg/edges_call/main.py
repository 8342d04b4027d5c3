def helper():
    pass


helper()
print(1 + 2)
