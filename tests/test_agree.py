"""Facts of a claim and of the words it cites: what agrees passes, what does not is named in plain words."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from indexes.library import Library
from qa.agree import disagreements
from tests.claim_edits import Edit, Source, edits, sources

CLAIMS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "seeds" / "claims.jsonl").read_text("utf-8").splitlines()
]
DEVELOPMENT = [claim for claim in CLAIMS if int(claim["id"][1:]) % 2 == 0]
# Caught of each kind of edit, at least: what it caught when written, less one of the fifty. A splice is half true in
# every word; the support checker is for those.
CAUGHT = {"number": 0.98, "date": 0.98, "name": 0.98, "negation": 0.94, "who said it": 0.96, "splice": 0.44}
CONTEXT = "Ever Given floats and ships move through Suez again · 2021-03-30"


@pytest.fixture(scope="module")
def true(sample_library: Path) -> list[Source]:
    return sources(Library(sample_library).articles())


@pytest.fixture(scope="module")
def untrue(true: list[Source]) -> list[Edit]:
    return edits(true)


AGREE = (
    ("Five ships waited.", "There were 5 ships waiting."),
    ("Thirteen tugs pulled in all.", "Eleven harbour tugs and two seagoing tugs pulled."),
    ("The patent ran out six years later.", "He died in 1963, and the patent ran out in 1969."),
    ("The drill stood still for six days.", "It broke on 9 September. It began again on 15 September."),
    ("It was out for half an hour.", "It was out for 30 minutes."),
    ("It came a quarter of a year early.", "It came three months early."),
    ("It was read in the nineteenth century.", "It was read in the 1800s."),
    ("It was read in the 1800s.", "It was read in the 19th century."),
    ("Such words were common in the 19th century.", "Such words were common in 1853."),
    ("It was dug up in the twentieth century.", "It was dug up in the 1880s, and again in the 1950s."),
    ("He worked on it for two decades.", "He worked on it for 20 years."),
    ("They tried at four o'clock on Monday morning.", "They tried at 4 a.m. on Monday."),
    ("He counted 1,200,000 seeds.", "He counted 1.2 million seeds."),
    ("It has 4500000 places.", "It has room for 4.5 million."),
    ("The share was 80%.", "The share was 80 per cent."),
    ("The share rose to eighty percent.", "The share rose to 80 per cent."),
    ("Half of the men were ill.", "50 per cent of the men were ill."),
    ("Twelve eggs broke.", "A dozen eggs broke."),
    ("Some 36 eggs broke.", "Three dozen eggs broke."),
    ("The drill went 3.5 miles.", "The drill went three and a half miles."),
    ("It cost 4.65 billion pounds.", "It cost £4.65 billion."),
    ("It lost $14-15 million a day.", "It lost between $14 million and $15 million a day."),
    ("It lost between 14 and 15 million dollars.", "It lost between $14 million and $15 million."),
    ("The tunnel is 50 km long.", "The tunnel is 50 kilometres long."),
    ("The tunnel is about 31 miles long.", "The tunnel is 50 kilometres long."),
    ("The pool is 6,000 metres away.", "The pool is six kilometres away."),
    ("About 30,000 came.", "29,700 people came."),
    ("More than 100 wolves live there.", "There are 104 wolves."),
    ("Nearly 9,000 came.", "There were 8,900 people."),
    ("Two hundred and six bones were found.", "They found 206 bones."),
    ("A third of the people starved.", "33 per cent of the people starved."),
    ("Half a million came.", "500,000 people came."),
    ("It floated on March 29, 2021.", "It floated on Monday, 29 March."),
    ("It floated on 29 March 2021.", "It floated on Monday."),
    ("It floated on Monday.", "It floated on 29 March 2021."),
    ("It was built in the 1950s.", "It was built in 1954."),
    ("It opened at 7:40 am.", "It opened at 7.40 a.m."),
    ("From 5 to 9 December 1952 there was fog.", "Fog came on 5 December and stayed until 9 December 1952."),
    ("Rabie said so.", "Osama Rabie said so."),
    ("The U.S. sent help.", "The United States sent help."),
    ("American planes came.", "Planes came from the US."),
    ("The Egyptian government paid.", "The government of Egypt paid."),
    ("The Dutch firm paid.", "A firm in the Netherlands paid."),
    ("The FAO announced it.", "The Food and Agriculture Organization announced it."),
    ("The Food and Agriculture Organization announced it.", "The FAO announced it."),
    ("Piñera’s plan — said to be “bold” — passed.", "Pinera's plan, said to be \"bold\", passed."),
    ("Yesterday workers stopped.", "The workers stopped yesterday."),
    ("The ship was unharmed.", "The ship was not harmed."),
    ("The four ships ahead were unaffected.", "None of the four ships ahead was affected."),
    ("The ship sailed on Monday.", "The ship, which had no pilot, sailed on Monday."),
    ("No fewer than 300 ships waited.", "At least 300 ships waited."),
    ("B was accused by A.", "A accused B."),
    ("Smith was accused by Jones.", "Jones accused Smith of lying."),
    ("Jones accused Smith.", "Smith was accused by Jones, the report says."),
    ("Smith met Jones.", "Jones met Smith in Oxford. They talked."),
)  # fmt: skip

DISAGREE = (
    ("Six ships waited.", "There were 5 ships waiting.", "“six”"),
    ("Thirteen tugs pulled.", "Eleven harbour tugs and two seagoing tugs pulled.", "“thirteen”"),
    ("Fourteen tugs pulled in all.", "Eleven harbour tugs and two seagoing tugs pulled.", "“fourteen”"),
    ("It ran out seven years later.", "He died in 1963, and the patent ran out in 1969.", "“seven”"),
    ("It ran out in 1969, six years before the gum.", "He died in 1963. It ran out in 1969, five years before the gum.", "“six”"),
    ("It was out for half an hour.", "It was out for 20 minutes.", "“half”"),
    ("They tried at four o'clock in the afternoon.", "They tried at 4 a.m.", "“4 p.m.”"),
    ("It holds 45 million.", "It holds 4.5 million.", "“45 million”"),
    ("It is 400 kilometres long.", "It is 400 metres long.", "“400”"),
    ("The share was 80 people.", "The share was 8 people.", "“80”"),
    ("About 10,000 came.", "8,500 people came.", "“10,000”"),
    ("10,000 came.", "9,900 people came.", "“10,000”"),
    ("More than 100 came.", "99 people came.", "“100”"),
    ("Fewer than 4,000 came.", "More than 4,000 came.", "other way round"),
    ("Nine tugs and twelve ships came.", "Twelve tugs and nine ships came.", "counts something else"),
    ("It cost $5 million.", "It cost £5 million.", "“5 million”"),
    ("It floated on 28 March.", "It floated on 29 March.", "“28 March”"),
    ("It floated on 29 April.", "It floated on 29 March.", "“29 April”"),
    ("It floated on 29 March 2020.", "It floated on 29 March.", "“29 March 2020”"),
    ("It sank in 1957.", "It sank in 1956.", "“1957”"),
    ("It sank in 2021.", "It sank in 2020.", "“2021”"),
    ("It sank in the 18th century.", "It sank in the 1800s.", "“18th century”"),
    ("It sank in 1853.", "It sank in the nineteenth century.", "“1853”"),
    ("It sank in the 1880s.", "It sank in the 19th century.", "“1880s”"),
    ("It floated on Sunday.", "It floated on Monday.", "“Sunday”"),
    ("It floated on 27 March.", "It floated on Monday.", "“27 March”"),
    ("It opened at 7.40 p.m.", "It opened at 7.40 a.m.", "the time"),
    ("He ran it in 3:58.4.", "He ran it in 3:59.4.", "the time"),
    ("It was said by Osama Berdowski.", "Osama Rabie said it.", "Berdowski"),
    ("Berdowski said so.", "Rabie said so.", "Berdowski"),
    ("The Swedish firm paid.", "The Danish firm paid.", "Swedish"),
    ("Workers in Iran struck.", "Workers in Iraq struck.", "Iran"),
    ("The ship was not damaged.", "The ship was damaged.", "the claim denies"),
    ("The ship was damaged in the storm.", "The ship was not damaged in the storm.", "cited words deny"),
    ("All of the men were ill.", "Some of the men were ill.", "more than"),
    ("Most customers complained.", "Some customers complained.", "more than"),
    ("Only two firms make it.", "Two firms make it.", "“only”"),
    ("It will certainly take weeks.", "It might take weeks.", "surer"),
    ("Smith accused Jones.", "Jones accused Smith of lying.", "changed places"),
    ("Jones was praised by Smith.", "Jones praised Smith.", "changed places"),
    ("It sailed from Rotterdam to China.", "It sailed from China to the port of Rotterdam.", "other way round"),
    ("Rents are lower in Copenhagen than in Malmö.", "Rents are lower in Malmö than in Copenhagen.", "changed places"),
    (
        "Refinitiv said the backlog could be cleared in three days.",
        "Rabie said the backlog could be cleared in three days. Refinitiv said it would take ten.",
        "another speaker",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("claim", "evidence"), AGREE, ids=[one[0] for one in AGREE])
def test_a_faithful_claim_passes(claim: str, evidence: str) -> None:
    assert disagreements(claim, evidence, CONTEXT) == []


@pytest.mark.parametrize(("claim", "evidence", "reason"), DISAGREE, ids=[one[0] for one in DISAGREE])
def test_an_unfaithful_claim_is_flagged_with_its_reason(claim: str, evidence: str, reason: str) -> None:
    found = disagreements(claim, evidence, CONTEXT)
    assert any(reason in one.says for one in found), found


def test_objections_come_in_the_same_order_in_every_run() -> None:
    pairs = [("Adams", "Baker"), ("Clark", "Davis"), ("Evans", "Frost"), ("Green", "Hayes")]
    claim = " ".join(f"{one} accused {other}." for one, other in reversed(pairs))
    evidence = " ".join(f"{other} accused {one}." for one, other in pairs)
    said = [one.says for one in disagreements(claim, evidence)]
    assert said == [f"“{one.lower()}” and “{other.lower()}” have changed places" for one, other in pairs]


KINDS = (
    ("In all 26 ships waited.", "In all 25 ships waited.", "number"),
    ("Six ships waited.", "Five ships waited.", "count"),
    ("Turnout rose by 14 points.", "Turnout was 58 percent, up from 44.", "count"),
    ("It cost 32,000 euros less than planned.", "It cost 318,000 euros, and was to cost 350,000 euros.", "count"),
    ("It cost 32,000 euros.", "It cost 318,000 euros, and was to cost 350,000 euros.", "number"),
    ("It floated on Sunday.", "It floated on Monday.", "date"),
    ("It opened at 7.40 p.m.", "It opened at 7.40 a.m.", "time"),
    ("Berdowski said so.", "Rabie said so.", "name"),
    ("The ship was not damaged.", "The ship was damaged.", "denial"),
    ("Most customers complained.", "Some customers complained.", "share"),
    ("It will certainly take weeks.", "It might take weeks.", "certainty"),
    ("Jones said it would take ten days.", "Smith said it would take ten days. Jones left.", "speaker"),
    ("Smith accused Jones.", "Jones accused Smith of lying.", "exchanged"),
)


@pytest.mark.parametrize(("claim", "evidence", "kind"), KINDS, ids=[one[0] for one in KINDS])
def test_a_disagreement_is_of_its_kind_alone(claim: str, evidence: str, kind: str) -> None:
    assert {one.kind for one in disagreements(claim, evidence)} == {kind}


def test_a_claim_may_draw_names_and_the_year_from_the_context() -> None:
    claim, evidence = "The Ever Given floated on 29 March 2021.", "The ship floated on 29 March."
    assert disagreements(claim, evidence, CONTEXT) == []
    assert len(disagreements(claim, evidence)) == 2


def test_no_sentence_disagrees_with_itself_or_with_its_neighbours(true: list[Source]) -> None:
    for one, two in itertools.pairwise(true):
        if one.article_id == two.article_id:
            for claim in (one.text, two.text, f"{one.text} {two.text}"):
                assert disagreements(claim, f"{one.text} {two.text}", one.context) == [], claim


def test_edits_are_caught(untrue: list[Edit]) -> None:
    caught = Counter(one.kind for one in untrue if disagreements(one.claim, " ".join(one.evidence), one.context))
    made = Counter(one.kind for one in untrue)
    assert {kind: caught[kind] / made[kind] for kind in made if caught[kind] / made[kind] < CAUGHT[kind]} == {}


def test_hardly_a_paraphrase_of_the_samples_is_flagged(sample_library: Path) -> None:
    context = {one.id: f"{one.title} · {one.day}" for one in Library(sample_library).articles()}
    supported = [claim for claim in DEVELOPMENT if claim["label"] == "SUPPORTS"]
    flagged = [
        claim["id"]
        for claim in supported
        if disagreements(
            claim["claim"],
            " ".join(one["quote"] for one in claim["evidence"]),
            context[claim["evidence"][0]["article_id"]],
        )
    ]
    assert len(flagged) <= 0.03 * len(supported), flagged


@pytest.mark.parametrize(
    "text", ["", " ", ".", "A " * 900, "1 and " * 900, "two and a half " * 200, ", said " * 500, "No, X" * 400]
)
def test_odd_text_is_read_soon(text: str) -> None:
    begun = time.process_time()
    assert disagreements(text, text) == []
    assert time.process_time() - begun < 5
