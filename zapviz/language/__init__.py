"""The parts of the scenario language; use :mod:`zapviz.scenario`.

:mod:`~zapviz.language.pasted` turns text as mail delivers it into lines of code,
:mod:`~zapviz.language.reader` their syntax tree into a program, with
:mod:`~zapviz.language.arguments` for what stands inside statements and
:mod:`~zapviz.language.diagnosis` for what cannot be read;
:mod:`~zapviz.language.writer` goes the other way.
"""
