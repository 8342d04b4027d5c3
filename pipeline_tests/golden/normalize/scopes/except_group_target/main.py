def attempt():
    try:
        run()
    except* (ValueError, TypeError) as group:
        print(group.exceptions)
