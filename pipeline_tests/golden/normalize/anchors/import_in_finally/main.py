try:
    work()
finally:
    import a, b as c
