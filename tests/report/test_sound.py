import base64

from partita.evaluate.excerpts import Excerpt
from partita.report.sound import Shelf

SOUNDS = {
    "mixture": b"m" * 100,
    "vocals/reference": b"r" * 50,
    "vocals/estimate": b"e" * 50,
    "drums/reference": b"d" * 50,
    "drums/estimate": b"f" * 50,
}
EXCERPT = Excerpt(1.0, 5.0, 0.0, SOUNDS)
STEMS = {"vocals": "vocals/", "drums": "drums/"}


def test_what_is_the_same_is_kept_once():
    shelf = Shelf(1000)
    first = shelf.add(0, "song", EXCERPT, STEMS)
    again = shelf.add(1, "song", EXCERPT, STEMS)
    assert [deck.clips for deck in first] == [deck.clips for deck in again]
    assert first[0].clips["mixture"] == first[1].clips["mixture"]
    assert shelf.size == 300
    kept = [base64.b64decode(text) for _, text in shelf.clips]
    assert sorted(kept) == sorted(SOUNDS.values())
    assert [number for number, _ in shelf.clips] == list(range(len(kept)))
    vocals = {what: kept[clip] for what, clip in first[0].clips.items()}
    assert vocals == {
        "mixture": SOUNDS["mixture"],
        "reference": SOUNDS["vocals/reference"],
        "estimate": SOUNDS["vocals/estimate"],
    }


def test_what_does_not_fit_is_left_out_whole():
    shelf = Shelf(299)
    assert shelf.add(0, "song", EXCERPT, STEMS) == []
    assert (shelf.size, shelf.clips, shelf.decks) == (0, [], [])
    assert len(shelf.add(0, "song", EXCERPT, {"vocals": "vocals/"})) == 1
    assert shelf.size == 200


def test_decks_are_numbered_as_they_stand():
    shelf = Shelf(1000)
    shelf.add(0, "song", EXCERPT, STEMS)
    shelf.add(1, "other", EXCERPT, {"vocals": "vocals/"})
    assert [deck.number for deck in shelf.decks] == [0, 1, 2]
    assert [(deck.system, deck.song, deck.stem) for deck in shelf.decks] == [
        (0, "song", "vocals"),
        (0, "song", "drums"),
        (1, "other", "vocals"),
    ]
