"""The preparation of the model, which runs inside Pyodide when the site is built.

It imports the model and has it work once. A visitor's page begins with the memory that this leaves,
so all that is read or compiled here is there at once.
"""

import gc
import importlib
import sys
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, "/zapviz.zip")

with zipfile.ZipFile("/zapviz.zip") as zipped:
    names = [name for name in zipped.namelist() if name.endswith(".py")]
for name in names:
    try:
        importlib.import_module(
            name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        )
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("zapviz"):
            raise
        # What draws with matplotlib is left out, since a page has no matplotlib.

answers = sys.modules["zapviz.api.answers"]
choices = answers.offers()
for kernel in choices["kernels"]:
    for scenario in choices["scenarios"][:4]:
        request = {"ask": "trace", "text": scenario["text"], "kernel": kernel["name"]}
        assert "payload" in answers.answer_whole(request), (scenario["name"], kernel["name"])
gc.collect()
