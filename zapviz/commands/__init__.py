"""The command line: a module for each command, and what several of them share.

Each module has ``EXAMPLES``, for its help, ``add_arguments()``, what it takes, and ``run()``,
which carries it out and gives the exit status.  :mod:`zapviz.commands.cli` lists them.
"""
