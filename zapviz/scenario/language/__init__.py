"""The parts of the scenario language; use :mod:`zapviz.scenario`.

:mod:`~zapviz.scenario.language.pasted` turns text as mail delivers it into lines of code,
:mod:`~zapviz.scenario.language.reader` their syntax tree into a program, with
:mod:`~zapviz.scenario.language.arguments` for what stands inside statements and
:mod:`~zapviz.scenario.language.diagnosis` for what cannot be read;
:mod:`~zapviz.scenario.language.statements` has what each statement looks like, and
:mod:`~zapviz.scenario.language.writer` goes the other way.
"""
