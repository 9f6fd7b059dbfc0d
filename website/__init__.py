"""The website: the chapters, the scenarios and the explorer as a folder of static files.

``python -m website`` (or ``make site``) builds it.  Its pages ask no other host for anything
and can be served from any folder; what was computed when it was built works in a page opened
as a plain file too.  The model itself comes along as WebAssembly, for what a visitor edits.
"""
