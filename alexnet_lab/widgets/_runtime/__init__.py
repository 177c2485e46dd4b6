"""What all widgets share: their base class, the linker, packed arrays, the kit, the page's host."""
