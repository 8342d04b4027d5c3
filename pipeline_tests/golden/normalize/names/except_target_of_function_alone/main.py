def run():
    try:
        work()
    except ValueError as error:
        cause = error
    print(error)
