"""What a chapter's figures carry beside their picture, and the room that a page has for them.

Known to the tool that draws them in a kernel (`tools/figure_drawings.py`) and to the book, which
puts them into its pages (`alexnet_book/drawn.py`). It imports nothing: the kernel gets a copy.
"""

from __future__ import annotations

#: The output with both drawings.
KIND = "application/vnd.alexnet-lab.figure+json"

#: What the names of words over a photograph begin with; the page gives these their outline.
OUTLINED = "outlined-"

#: The least room for a figure in pixels: on a phone of 360 px, and where a page shows the wide one.
PHONE_PX = 328
WIDE_PX = 608

#: The same by the drawing that is shown. On a phone, `only` cannot be laid out anew: it scrolls at
#: its own size. `single` is one drawing for both.
ROOM_PX = {"narrow": PHONE_PX, "wide": WIDE_PX, "only": WIDE_PX, "single": PHONE_PX}
