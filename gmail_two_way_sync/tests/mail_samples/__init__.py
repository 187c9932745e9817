"""Messages as they occur in the wild, each with what must become of it (C14)."""

from . import attachments, charsets, headers, hostile, pages, structure
from .headers import ANONYMOUS, STRANGERS
from .hostile import MEGABYTE, with_files
from .sample import PNG, Sample

KNOWN = [
    *charsets.SAMPLES,
    *headers.SAMPLES,
    *structure.SAMPLES,
    *attachments.SAMPLES,
    *pages.SAMPLES,
    *hostile.SAMPLES,
]
SAMPLES: list[Sample] = KNOWN + ANONYMOUS
