import threading


class Worker(threading.Thread):
    def go(self):
        self.is_alive()


Worker().go()
