"""The lab: real kernels run the scenarios and judge the model.

>>> from zapviz.lab import judge, run_on_host
>>> verdict = judge("reproducer", "6.12")  # doctest: +SKIP
>>> verdict.agrees  # doctest: +SKIP
True

The lab knows the model; the model knows nothing of the lab.
"""

from zapviz.lab.calls import trace_calls
from zapviz.lab.guest.kernels import Kernel, NotAvailable, custom_kernel, find_kernel
from zapviz.lab.guest.qemu import MachineLost, Settings
from zapviz.lab.host import run_on_host
from zapviz.lab.oracle import run_findings, run_programs
from zapviz.lab.records import recorded_verdict
from zapviz.lab.reproduce import Reproduced, run_reproducer, run_reproducers
from zapviz.lab.script import Findings, Garbled, NotOnKernel, Observed, Outcome
from zapviz.lab.verdict import Verdict, judge

__all__ = [
    "Findings",
    "Garbled",
    "Kernel",
    "MachineLost",
    "NotAvailable",
    "NotOnKernel",
    "Observed",
    "Outcome",
    "Reproduced",
    "Settings",
    "Verdict",
    "custom_kernel",
    "find_kernel",
    "judge",
    "recorded_verdict",
    "run_findings",
    "run_on_host",
    "run_programs",
    "run_reproducer",
    "run_reproducers",
    "trace_calls",
]
