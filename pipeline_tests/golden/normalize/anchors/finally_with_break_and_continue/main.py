def f(items):
    for item in items:
        try:
            if item > 0:
                break
            if item < 0:
                continue
            work()
        finally:
            clean()
    done(1, 2, 3)
