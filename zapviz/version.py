"""The release of zapviz."""

__all__ = ["__version__"]

__version__ = "0.1.0"
