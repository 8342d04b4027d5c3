class Odd(Exception):
    pass


def dispatch(error):
    try:
        raise error
    except (KeyError, IndexError) as lookup:
        return "lookup", lookup
    except Odd:
        return "odd"
    except OSError as system:
        return "system", system.args
    except Exception:
        return "other"


for error in (KeyError(1), IndexError(2), Odd(), OSError(3), TypeError(), ValueError):
    print(dispatch(error))
try:
    dispatch(KeyboardInterrupt())
except KeyboardInterrupt:
    print("passed")
