nonlocal refused


class C:
    (x): a = b
