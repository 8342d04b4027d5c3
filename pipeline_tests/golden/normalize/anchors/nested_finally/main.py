def f():
    try:
        try:
            return value()
        finally:
            inner()
    finally:
        outer()
