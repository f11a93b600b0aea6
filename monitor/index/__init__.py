"""Finds the nearest of many stored vectors. The store holds the truth; an index is a copy that can be thrown away."""

from monitor.index.base import Hit, Keys, VectorIndex, Vectors
from monitor.index.choose import Place, open_index
from monitor.index.postgres import has_pgvector
from monitor.index.sync import Stored, bring_up_to_date

__all__ = ["Hit", "Keys", "Place", "Stored", "VectorIndex", "Vectors", "bring_up_to_date", "has_pgvector", "open_index"]
