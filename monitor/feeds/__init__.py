"""From a feed's bytes to entries, and from entries to what is new. Pure: no clock, no socket, no disk.

`parse` reads a document, `identity` tells new from known, `pace` says when to ask again, `gaps` when coverage was lost.
"""
