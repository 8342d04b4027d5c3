def classes():
    raise LookupError("while choosing")


def run():
    try:
        raise ValueError
    except classes():
        return "no"


try:
    run()
except LookupError as error:
    print(error, error.__context__)
