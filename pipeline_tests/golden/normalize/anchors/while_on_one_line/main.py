def f(w, a):
    while w.next: w = w.next
    w.use()
    while a: b = a
    return a, b
