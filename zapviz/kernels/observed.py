"""What a real kernel lets a program see of itself, and what of it the model leaves out.

Nothing in the model depends on it: the lab asks before it compares.
"""

from __future__ import annotations

from zapviz.kernels.known import Kernel

__all__ = ["hangs_on_write_only", "pagemap_shows_wp", "reports_a_loss_once"]


def pagemap_shows_wp(kernel: Kernel) -> bool:
    """Whether pagemap shows write-protection by userfaultfd (bit 57): from v5.13 on."""
    return kernel.version >= (5, 13)


def reports_a_loss_once(kernel: Kernel) -> bool:
    """Whether a later call returns EIO once after a dirty page was lost (AS_EIO): 5.10 and 6.1."""
    return kernel.version < (6, 12)


def hangs_on_write_only(kernel: Kernel) -> bool:
    """Whether userfaultfd leaves entries of memory that can only be written inaccessible: 5.10.

    The process hangs in its next fault there; with v5.19 at the latest it does not."""
    return kernel.version < (5, 19)
