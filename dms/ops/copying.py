"""Copies contents from one store into another: what is missing there, proven by its hash, some at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dms.errors import Unavailable
from dms.ops.faults import Fault, fault
from dms.threads import some_at_once
from storage import BlobCorrupt, BlobMissing, BlobRef, BlobStore, BlobTooLarge, StoreUnavailable

Progress = Callable[[str, int, int], None]
"""Told what is at work (a code), how much of it is done, and of how much."""


@dataclass
class Copied:
    """What a run of `copy_missing` did."""

    contents: int = 0
    size: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Copier:
    """From a store into another; `from_code` and `to_code` name each in the `Unavailable` that it may cause.

    With `deep`, what is there already is read again, and replaced where it is damaged.
    """

    source: BlobStore
    target: BlobStore
    from_code: str = "storage"
    to_code: str = "storage"
    deep: bool = False

    def copy_missing(self, wanted: Iterable[BlobRef], total: int, progress: Progress) -> Copied:
        """Copy what the target lacks; what the source lacks too is a fault and stops nothing else."""
        result = Copied()
        progress("contents", 0, total)
        for done, (size, found) in enumerate(some_at_once(self._copy, wanted), 1):
            result.contents += size is not None
            result.size += size or 0
            result.faults += found
            progress("contents", done, total)
        return result

    def _copy(self, blob: BlobRef) -> tuple[int | None, tuple[Fault, ...]]:
        """How many bytes were copied, None when nothing had to be; and what is wrong with the source."""
        if self._is_there(blob):
            return None, ()
        try:
            copied = self._carried(blob)
        except BlobMissing:
            return None, (fault("blob.missing", blob.sha256),)
        except BlobTooLarge:
            return None, (fault("blob.size", blob.sha256),)
        if copied.sha256 != blob.sha256:
            return None, (fault("blob.corrupt", blob.sha256),)
        return copied.size, ()

    def _is_there(self, blob: BlobRef) -> bool:
        try:
            if self.deep:
                self.target.open(blob.sha256, verify=True).close()
            return self.target.stat(blob.sha256).size == blob.size
        except (BlobMissing, BlobCorrupt):
            return False
        except StoreUnavailable as exc:
            raise Unavailable(self.to_code) from exc

    def _carried(self, blob: BlobRef) -> BlobRef:
        try:
            stream = self.source.open(blob.sha256)
        except StoreUnavailable as exc:
            raise Unavailable(self.from_code) from exc
        with stream:
            try:
                return self.target.put(stream, limit_bytes=blob.size)
            except StoreUnavailable as exc:
                raise Unavailable(self.to_code) from exc
            except OSError as exc:
                raise Unavailable(self.from_code) from exc
