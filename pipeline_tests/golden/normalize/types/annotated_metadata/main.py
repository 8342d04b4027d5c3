from typing import Annotated

x: Annotated["int", "metadata", print("x")]
