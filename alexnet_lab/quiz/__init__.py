"""The quiz: questions as chapters write them, read once for the book, for courses and for reports.

======================  ==============================================================
`read_questions`        a notebook or a page, or all of a book's, to a list of `Question`
`Question`              what is asked, its key, and what is said to each answer
`export`                questions to GIFT, QTI, Anki or CSV
`read_answers`          files that readers saved on the page *Your answers*
`report`                which choices a class took, and which misconception leads
======================  ==============================================================
"""

from __future__ import annotations

import lazy_loader

# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
