error = None
def attempt():
    try:
        run()
    except ValueError as error:
        print(error)
    return error
