"""Which storage an installation has."""

from engine.runtime.settings import Settings
from engine.storage.disk import DiskStorage
from engine.storage.storage import Storage

FOLDER = "files"


def storage_of(settings: Settings) -> Storage:
    """The bucket that is named in the settings, or else the folder in the data folder."""
    if settings.s3_bucket is None:
        return DiskStorage(settings.data / FOLDER)
    # Imported where it is used: botocore takes a third of a second.
    from engine.storage.s3 import S3Storage  # noqa: PLC0415

    return S3Storage(
        settings.s3_bucket,
        prefix=settings.s3_prefix,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
    )
