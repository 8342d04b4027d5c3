import threading


class Worker(threading.Thread):
    def go(self):
        self.start()
