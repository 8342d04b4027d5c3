try:
    import first as chosen
except ImportError:
    try:
        import second as chosen
    except ImportError:
        import third as chosen
else:
    import helper
finally:
    import cleanup
try:
    import first
except ImportError:
    first = None
try:
    fast = None
    import second as fast
except (ImportError, AttributeError):
    pass
