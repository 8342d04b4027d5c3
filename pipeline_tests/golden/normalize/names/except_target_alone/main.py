try:
    run()
except ValueError as error:
    cause = error
raise error from cause
