"""What a document must hold if an expression is to fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from monitor.rules.tree import And, AtLeast, Language, Near, Not, Ref, Term, Tree, Within

Leaf = Term | Ref
Need = frozenset[Leaf]
"""Leaves of which a document must hold one."""


def needs(tree: Tree, rarity: Callable[[Need], float]) -> list[Need]:
    """All that the tree cannot do without; none: it can do without any word.

    `rarity` says which of several needs is worth most, the smallest.
    """
    match tree:
        case Term() | Ref():
            return [frozenset({tree})]
        case Within():
            return needs(tree.part, rarity)
        case Not() | Language():
            return []
    below = [needs(part, rarity) for part in tree.parts]
    if isinstance(tree, And | Near):
        return [need for found in below for need in found]
    count = tree.count if isinstance(tree, AtLeast) else 1
    known = sorted((min(found, key=rarity) for found in below if found), key=rarity)
    count -= len(below) - len(known)  # parts that need nothing may hold in silence
    return [frozenset().union(*known[: len(known) - count + 1])] if count > 0 else []


def conjuncts(tree: Tree) -> Iterator[Tree]:
    """The parts that must all hold: those of an AND, and of an AND in it."""
    if isinstance(tree, And):
        for part in tree.parts:
            yield from conjuncts(part)
    else:
        yield tree
