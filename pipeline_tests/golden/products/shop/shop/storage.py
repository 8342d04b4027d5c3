"""Where receipts are kept."""

from abc import ABC, abstractmethod
from pathlib import Path


class StoreError(Exception):
    """A receipt that cannot be found."""


class Store(ABC):
    """Keeps texts by name."""

    @abstractmethod
    def save(self, name, text): ...

    def load(self, name):
        raise StoreError(name)


class FileStore(Store):
    """Keeps each text in a file."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def save(self, name, text):
        target = self.folder / name
        target.write_text(text)

    def load(self, name):
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError as error:
            raise StoreError(name) from error


class MemoryStore(Store):
    """Keeps texts as long as the program runs."""

    def __init__(self):
        self.texts = {}

    def save(self, name, text):
        self.texts[name] = text
