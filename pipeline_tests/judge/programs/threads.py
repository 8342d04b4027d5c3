import threading

total = 0
lock = threading.Lock()


def add(n):
    global total
    for i in range(n):
        with lock:
            total += i
        try:
            if i % 7 == 0:
                raise ValueError(i)
        except ValueError:
            continue
        finally:
            last = i
    return last


threads = [threading.Thread(target=add, args=(50,)) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(total)
