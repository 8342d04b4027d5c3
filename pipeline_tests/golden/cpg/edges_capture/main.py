def outer(given):
    kept = given

    class Inner:
        held = kept

    def inner():
        return kept + given

    return inner
