def f(rows):
    return {k: [v for v in vs if v != k] for k, vs in rows.items()}
