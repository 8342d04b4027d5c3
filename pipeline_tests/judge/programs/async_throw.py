class Wait:
    def __await__(self):
        try:
            yield "waiting"
        except KeyError:
            return "recovered"


async def run(log):
    try:
        value = await Wait()
        log.append(value)
        await Wait()
    except ValueError as error:
        log.append(error)
        return "handled"
    finally:
        log.append("finally")
    return "through"


def at(*errors):
    log = []
    c = run(log)
    c.send(None)
    try:
        for error in errors:
            c.throw(error) if error else c.send(None)
    except StopIteration as stop:
        return stop.value, log
    except OSError:
        return "left", log
    c.close()
    return "closed", log


print(at(KeyError(), None), at(ValueError()), at(OSError()), at(), at(None, ValueError()), at(KeyError()))
