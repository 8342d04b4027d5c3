def f():
    try:
        risky()
    except Error as __e:
        return log(__e)
    return None
