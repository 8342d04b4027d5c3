from dataclasses import dataclass


def act():
    pass


@dataclass
class Job:
    action: object

    def run(self):
        self.action()


Job(act).run()
