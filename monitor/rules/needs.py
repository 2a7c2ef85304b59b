"""What a document must hold if an expression is to fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from monitor.rules.tree import And, AtLeast, Language, Near, Not, Ref, Source, Term, Tree, Within

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
        case Not() | Language() | Source():
            return []
    below = [needs(part, rarity) for part in tree.parts]
    if isinstance(tree, And | Near):
        return [need for found in below for need in found]
    weights = tree.weighed if isinstance(tree, AtLeast) else (1,) * len(below)
    spare = sum(weights) - (tree.count if isinstance(tree, AtLeast) else 1)  # what may be missing
    known = [(min(found, key=rarity), weight) for found, weight in zip(below, weights, strict=True) if found]
    return _enough(sorted(known, key=lambda item: rarity(item[0]) / item[1]), spare)


def _enough(known: list[tuple[Need, int]], spare: int) -> list[Need]:
    """The first needs of which one must be met, as not all of them can be missing."""
    missing: Need = frozenset()
    for need, weight in known:
        missing |= need
        spare -= weight
        if spare < 0:
            return [missing]
    return []  # the others, which need nothing, may hold in silence


def conjuncts(tree: Tree) -> Iterator[Tree]:
    """The parts that must all hold: those of an AND, and of an AND in it."""
    if isinstance(tree, And):
        for part in tree.parts:
            yield from conjuncts(part)
    else:
        yield tree
