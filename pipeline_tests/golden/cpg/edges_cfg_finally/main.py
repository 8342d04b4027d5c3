def close():
    try:
        source.read()
    finally:
        done()
