def talk():
    received = []
    try:
        while True:
            try:
                value = yield len(received)
                received.append(value)
            except ValueError as error:
                received.append(error)
            else:
                if value == "stop":
                    return received
    except GeneratorExit:
        received.append("closed")
        raise
    finally:
        print("finally", received)


g = talk()
next(g)
g.send(1)
g.throw(ValueError("thrown"))
try:
    g.send("stop")
except StopIteration as stop:
    print(stop.value)
g = talk()
next(g)
g.close()
g = talk()
g.close()
g = talk()
next(g)
try:
    g.throw(KeyError)
except KeyError:
    print("left")
