"""The website: the chapters, the scenarios and the explorer as a folder of static files.

``python -m website`` (or ``make site``) builds it. Its pages ask no other host for anything and can
be served from any folder. What was computed at build time also works in a page opened as a plain
file. For what a visitor edits, the model itself is included, as WebAssembly.
"""
