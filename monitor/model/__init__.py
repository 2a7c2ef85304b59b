"""The vocabulary: one frozen type per boundary (docs/glossary.md).

`settings` is what the person configured, `news` leads from the wire to the story, `telling` from the match to the
message.
"""
