def outer(error):
    done = []
    try:
        try:
            done.append("try")
            raise error
        except KeyError:
            done.append("key")
        except ValueError:
            done.append("value")
            raise RuntimeError from None
        finally:
            done.append("finally")
    except RuntimeError as last:
        done.append(last)
    except TypeError:
        done.append("type")
    return done


print(outer(KeyError()), outer(ValueError()), outer(TypeError()))
