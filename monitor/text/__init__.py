"""Words, sentences, links: what every floor above needs to know of text, and nothing of news.

`normal` folds and cleans strings, `tokens` finds words with their offsets, `sentences` finds sentences and paragraphs
with theirs, `urls` makes links comparable, `shingles` hashes runs of words.
"""
