def forms(how):
    try:
        try:
            1 / 0
        except ZeroDivisionError as cause:
            if how == 0:
                raise
            if how == 1:
                raise ValueError("from") from cause
            if how == 2:
                raise ValueError("context")
            if how == 3:
                raise cause
            if how == 4:
                raise TypeError from None
    except Exception as error:
        return type(error), error.__cause__, error.__context__
    return None


for how in range(6):
    print(forms(how))
try:
    raise
except RuntimeError as error:
    print(error)
