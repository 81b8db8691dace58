"""Files, checks, progress and text tables: needed by every room, owned by none.
"""
