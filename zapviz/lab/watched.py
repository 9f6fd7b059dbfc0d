"""A scenario on a watched kernel, as users hold it: it shows itself, and gives records.

There are two records in the form of docs/trace.md: that of the kernel (``source`` is ``kernel``),
and that of the model, in which each step says whether the kernel was seen to do the same at the
very same place.
"""

from __future__ import annotations

from zapviz.lab.kernel_beside import compared_record, record_with_seen
from zapviz.lab.kernel_record import kernel_record
from zapviz.lab.kernel_steps import KernelSteps
from zapviz.lab.watched_text import format_watched
from zapviz.trace.record import Json

__all__ = ["Watched"]


class Watched(KernelSteps):
    """A scenario on a watched kernel, and in the model."""

    def text(self) -> str:
        """Write both sides beside each other: at most 72 columns, 7-bit ASCII."""
        return format_watched(self)

    def as_json(self) -> Json:
        """Give the record of what the kernel did, in the form of docs/trace.md."""
        return kernel_record(self)

    def beside_json(self) -> Json:
        """Give the model's record, with ``seen`` in each step.

        ``seen`` is true where the kernel made the same change, or changes, at the very same place
        in the order; false where it did not; null where the step changes no entry, so that nobody
        can tell by its entries.
        """
        return record_with_seen(self)

    def comparison_json(self) -> Json:
        """Give frames in which the model's record and the kernel's stand side by side.

        The form is that of a comparison of kernels (``Comparison.as_json()``), the model first.
        """
        return compared_record(self)
