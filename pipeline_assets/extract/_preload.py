"""What the fork server imports once, so that every worker is born with it; imported there and nowhere else.

Its only effect is that of `worker.prepare`, which is safe to repeat.
"""

from pipeline_assets.extract.worker import prepare

prepare()
