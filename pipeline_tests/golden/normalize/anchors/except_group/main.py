def f():
    try:
        risky()
    except* Error as group:
        log(group)
    except* Other:
        pass
