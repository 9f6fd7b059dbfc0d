"""The lab: real kernels run the scenarios and judge the model.

The lab knows the model; the model knows nothing of the lab.
"""

from zapviz.lab.kernels import Kernel, NotAvailable, find_kernel
from zapviz.lab.oracle import run_findings, run_programs
from zapviz.lab.qemu import MachineLost, Settings
from zapviz.lab.script import Findings, Garbled, NotOnKernel, Observed, Outcome

__all__ = [
    "Findings",
    "Garbled",
    "Kernel",
    "MachineLost",
    "NotAvailable",
    "NotOnKernel",
    "Observed",
    "Outcome",
    "Settings",
    "find_kernel",
    "run_findings",
    "run_programs",
]
