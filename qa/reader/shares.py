"""How often each set is drawn from: of the pairs and of the claims, by the part of the training.

A set `…_misses` holds the questions of the set before it that have no answer. Only the ratios count.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.reader.batch import MADE

Shares = dict[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the training. pairs, claims: the share of each set."""

    pairs: Shares
    claims: Shares


# In the end about one pass over squad11; the human near misses are seen most at the end, where what is learnt stays.
# snli is about captions of pictures, cad rewrites it: they teach little about articles.
_CLAIMS = {"fever": 0.24, "feversym": 0.04, "conjnli": 0.22, "snli": 0.07, "cad": 0.05, MADE: 0.38}
STAY = Part({"squad11_trainpart": 0.38, "squadshifts_new_wiki": 0.14, "squadshifts_reddit": 0.05,
             "squadshifts_amazon": 0.03, "qamr": 0.22, "squad2": 0.06, "squad2_misses": 0.12}, _CLAIMS)  # fmt: skip
FALL = Part({"squad11_trainpart": 0.40, "squadshifts_new_wiki": 0.10, "squadshifts_reddit": 0.04,
             "squadshifts_amazon": 0.02, "qamr": 0.10, "squad2": 0.08, "squad2_misses": 0.26}, _CLAIMS)  # fmt: skip
# What we wrote by hand most, the others so that nothing is forgotten: of the upper layers alone, and of all.
AGAIN = Part({"squad11_trainpart": 0.14, "squadshifts_new_wiki": 0.05, "squadshifts_reddit": 0.02, "qamr": 0.05,
              "squad2": 0.04, "squad2_misses": 0.20, "written": 0.15, "written_misses": 0.35},
             {"fever": 0.12, "feversym": 0.03, "conjnli": 0.09, "snli": 0.02, "cad": 0.01, MADE: 0.18,
              "written_claims": 0.55})  # fmt: skip
FURTHER = Part({"squad11_trainpart": 0.14, "squadshifts_new_wiki": 0.06, "squadshifts_reddit": 0.02,
                "squadshifts_amazon": 0.01, "qamr": 0.05, "squad2": 0.05, "squad2_misses": 0.09, "written": 0.05,
                "written_misses": 0.13, "own": 0.16, "own_misses": 0.24},
               {"fever": 0.10, "feversym": 0.03, "conjnli": 0.07, "snli": 0.02, "cad": 0.01, MADE: 0.17,
                "written_claims": 0.45, "own_claims": 0.15})  # fmt: skip
# The large reader begins at nothing, and learns no claims.
LARGE = Part({"squad11_trainpart": 0.24, "squadshifts_new_wiki": 0.08, "squadshifts_reddit": 0.02,
              "squadshifts_amazon": 0.01, "qamr": 0.06, "squad2": 0.05, "squad2_misses": 0.10, "written": 0.04,
              "written_misses": 0.11, "own": 0.11, "own_misses": 0.18}, {})  # fmt: skip
