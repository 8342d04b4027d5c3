class Manager:
    def __enter__(self):
        return 1

    def __exit__(self, *details):
        return details[0] is ValueError


def run(how):
    out = []
    try:
        with Manager() as m:
            try:
                if how == 1:
                    raise ValueError
                if how == 2:
                    raise KeyError
                if how == 3:
                    return out
                out.append(m)
            finally:
                out.append("inner")
                with Manager():
                    if how == 4:
                        raise ValueError
                    out.append("ok")
        out.append("after")
    except KeyError:
        out.append("key")
    return out


for how in range(5):
    print(how, run(how))
