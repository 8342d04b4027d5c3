def run():
    try:
        pass
    except ValueError as error:
        try:
            pass
        except TypeError as error:
            log(error)
        log(error)
