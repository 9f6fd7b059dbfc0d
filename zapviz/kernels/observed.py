"""What a real kernel lets a program see of it, as far as the model leaves that out.

Nothing in the model depends on it; the lab asks before it compares.
"""

from __future__ import annotations

from zapviz.kernels.known import Kernel

__all__ = ["hides_write_only", "pagemap_shows_wp", "reports_a_loss_once"]


def pagemap_shows_wp(kernel: Kernel) -> bool:
    """Tell whether pagemap shows write-protection by userfaultfd (bit 57): from v5.13 on."""
    return kernel.version >= (5, 13)


def reports_a_loss_once(kernel: Kernel) -> bool:
    """Tell whether a call returns EIO once after a dirty page was lost (AS_EIO): 5.10 and 6.1."""
    return kernel.version < (6, 12)


def hides_write_only(kernel: Kernel) -> bool:
    """Tell whether userfaultfd makes entries of write-only memory inaccessible: 5.10 and 6.1."""
    return kernel.version < (6, 3)
