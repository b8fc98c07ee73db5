"""Where the contents of files are kept: one interface, and two places behind it."""

from engine.storage.choosing import storage_of
from engine.storage.storage import ContentMissing, Storage, StorageUnavailable

__all__ = ["ContentMissing", "Storage", "StorageUnavailable", "storage_of"]
