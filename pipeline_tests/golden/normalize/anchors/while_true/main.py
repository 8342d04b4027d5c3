def f():
    while True:
        if done():
            break
        step()
