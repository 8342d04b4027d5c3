error = "before"
try:
    run()
except ValueError as error:
    print(error)
except TypeError as error:
    def show():
        return error
print(error)
