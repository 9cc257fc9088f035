"""Fields of images, audio and video: batch and row agree message for message, and nothing ever shows their bytes."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_media import FILMS, IMAGES, SOUNDS, bomb, film, grey, picture, saved, sound, tone
from PIL import Image

import holdtrue as ht
from holdtrue.contracts import (
    BatchChecker,
    ContractSpec,
    DeriveSpec,
    FieldSpec,
    RowChecker,
    RuleSpec,
    Severity,
    TableFigures,
    Verdict,
    add_evidence,
    check_table,
    draft_text,
    fit_encoder,
    gather,
    read_value,
    rows_to_send,
    settle,
    suggest,
)
from holdtrue.contracts.expressions import MEASURES, Binary, Call, Constant, FieldRef
from holdtrue.contracts.polars_compiler import DTYPES
from holdtrue.media import MEDIA, ROW_SAMPLES, TooMuchMedia
from holdtrue.predictionlog import FailedTest, Prediction, Refusal
from holdtrue.predictionlog.records import decode_record, encode_record
from holdtrue.profiles import merge_frames, profile_frame

PICTURES = [picture(form) for form in IMAGES] + [picture(seed=1), picture(size=(3, 2)), grey(0), grey(255)]
SOUND_FILES = [sound(form) for form in SOUNDS] + [sound("WAV", tone(0.5, 8_000, 2, loud=3.0), 8_000)]
FILM_FILES = [film(form) for form in FILMS]
FILES = (PICTURES, SOUND_FILES, FILM_FILES)
WHOLE = [*PICTURES, *SOUND_FILES, *FILM_FILES]
BROKEN = [b"", b"abc", b"<html>", bomb(), *(data[: len(data) // 2] for data in WHOLE)]
FIGURES = [read_value(kind, data) for kind, files in zip(MEDIA, FILES, strict=True) for data in files]
BYTES = st.sampled_from(WHOLE) | st.sampled_from(WHOLE) | st.sampled_from(BROKEN) | st.binary(max_size=40)
TEXT = BYTES.map(lambda data: b64encode(data).decode()) | st.sampled_from(
    ["", "photos/7.jpg", "no base64!", "ÄÖ", "nan", "QUJD\n", "QUJ=D", "x" * 200, "data:;base64,", "data:image/png,x"]
)
PREFIX = st.sampled_from(["data:image/png;base64,", "data:text/html;base64,", "DATA:audio/wav;a=b;BASE64,"])
TEXT = TEXT | st.tuples(PREFIX, TEXT).map("".join)


def with_a_change(figures: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    worse = st.sampled_from([None, -1, 2.5, "x", float("nan"), True, "f" * 64])
    changed = st.tuples(st.sampled_from(sorted(figures)), worse).map(lambda change: {**figures, change[0]: change[1]})
    lost = st.sampled_from(sorted(figures)).map(lambda name: {k: v for k, v in figures.items() if k != name})
    file = st.sampled_from(
        [{"file": "7.jpg", "fault": None}, {"file": "7.jpg", "fault": "no such file"},
         {"file": "<3,012 bytes>", "fault": "empty"}, {"file": None, "fault": "x" * 300}, {"more": 1}]
    )  # fmt: skip
    return st.just(figures) | changed | lost | file.map(lambda more: {**figures, **more})


KNOWN = [each for each in FIGURES if isinstance(each, dict)]
MAPPINGS = st.sampled_from(KNOWN).flatmap(with_a_change)
FITTING = {kind: st.sampled_from(files) for kind, files in zip(MEDIA, FILES, strict=True)}
ODD = st.sampled_from([3, 2.5, True, [1], {}, {"a": 1}, 10**400])
RAW = st.none() | BYTES | TEXT | MAPPINGS | ODD


@st.composite
def contracts(draw: st.DrawFn) -> ContractSpec:
    fields, derives, rules = [], [], []
    for name in ("a", "b"):
        kind: Any = draw(st.sampled_from(MEDIA))
        fields.append(FieldSpec(name=name, kind=kind, null=draw(st.booleans())))
        figure = draw(st.sampled_from([each for each, (kinds, _) in MEASURES.items() if kind in kinds]))
        asked, of = Call(figure, FieldRef(name)), MEASURES[figure][1]
        derives.append(DeriveSpec(name=f"{name}_{figure}", expression=asked, kind=of, reads=(name,)))
        limit = (
            draw(st.sampled_from([0, 48, 64, 100, 8_000])) if of == "int" else draw(st.sampled_from([0.0, 0.4, 1.0]))
        )
        constant = Constant("text", "RGB") if of == "category" else Constant(of, limit)
        severity = draw(st.sampled_from(list(Severity)))
        test = Binary("!=" if of == "category" else ">", asked, constant)
        rules.append(RuleSpec(name=f"{name}_r", expression=test, severity=severity, reads=(name,)))
        if of != "category":
            under = Binary("<", FieldRef(f"{name}_{figure}"), constant)
            rules.append(RuleSpec(name=f"{name}_d", expression=under, severity=severity, reads=(f"{name}_{figure}",)))
    return ContractSpec(name="Generated", fields=tuple(fields), derives=tuple(derives), rules=tuple(rules))


def messages(verdict: Verdict) -> list[tuple[str, str, str, Any]]:
    return [(each.message, each.test, each.severity, repr(each.value)) for each in verdict.failures]


def agree(spec: ContractSpec, frame: pl.DataFrame, verdicts: list[Verdict]) -> None:
    batch = BatchChecker(spec)
    for verdict, failures in zip(verdicts, batch.failures(frame), strict=True):
        assert messages(Verdict(None, failures)) == messages(verdict)
        assert all(len(failure.message) < 400 for failure in failures)
    result = batch.check(frame)
    assert result.refused.tolist() == [verdict.refused for verdict in verdicts]
    assert result.accepted.rows(named=True) == [verdict.row for verdict in verdicts if verdict.row is not None]
    assert result.accepted.schema == {name: DTYPES[kind] for name, kind in spec.kinds.items()}
    reasons = [[f.message for f in v.failures if f.severity == "refuse"] for v in verdicts if v.refused]
    assert result.quarantine["reasons"].to_list() == reasons


@settings(max_examples=150, deadline=None)
@given(contracts(), st.data())
def test_batch_and_row_verdicts_agree_message_for_message(spec: ContractSpec, data: st.DataObject) -> None:
    columns = {}
    for field in spec.fields:
        whole = FITTING[field.kind]  # type: ignore[index]
        as_text = whole.map(lambda body: b64encode(body).decode()) | TEXT
        of = data.draw(st.sampled_from([whole, whole | BYTES, as_text])) | st.none()
        columns[field.name] = pl.Series(field.name, data.draw(st.lists(of, min_size=3, max_size=3)))
    frame = pl.DataFrame(columns)
    agree(spec, frame, [RowChecker(spec).check(row) for row in frame.rows(named=True)])


@settings(max_examples=150, deadline=None)
@given(contracts(), st.data())
def test_figures_in_place_of_bytes_are_judged_alike(spec: ContractSpec, data: st.DataObject) -> None:
    columns = {}
    for field in spec.fields:
        known = st.sampled_from([each for each in KNOWN if read_value(field.kind, each) == each])  # type: ignore[arg-type]
        values = data.draw(
            st.lists(st.none() | known | known.flatmap(with_a_change) | MAPPINGS, min_size=2, max_size=2)
        )
        columns[field.name] = pl.Series(field.name, values, strict=False)
    frame = pl.DataFrame(columns)
    agree(spec, frame, [RowChecker(spec).check(row) for row in frame.rows(named=True)])


@settings(max_examples=150, deadline=None)
@given(contracts(), st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), RAW), min_size=1, max_size=3))
def test_fast_and_slow_way_agree(spec: ContractSpec, raws: list[dict[str, Any]]) -> None:
    sent = [{name: b64encode(v).decode() if isinstance(v, bytes) else v for name, v in raw.items()} for raw in raws]
    sent = [{name: None if v != v else v for name, v in raw.items()} for raw in sent]
    body = json.dumps(sent, allow_nan=True).replace("NaN", "null").encode()
    checker = RowChecker(spec)
    fast = checker.check_json(body)
    assert [messages(each) for each in fast] == [messages(checker.check(raw)) for raw in json.loads(body)]
    assert [each.row for each in fast] == [checker.check(raw).row for raw in json.loads(body)]


class Clip(ht.Contract):
    """One entry."""

    photo: ht.Image
    call: ht.Audio = ht.field(null=True)
    clip: ht.Video = ht.field(null=True)

    @ht.derive
    def brightness(row):
        return row.photo.brightness()

    @ht.derive
    def mode(row):
        return row.photo.mode()

    @ht.rule
    def wide(row):
        """A picture is wider than it is high."""
        return row.photo.width() > row.photo.height()

    @ht.rule(severity="warn")
    def short(row):
        return row.call.is_null() | ((row.call.duration() < 0.9) & (row.clip.frame_rate() >= 24))

    @ht.table_test
    def few_look_alike(table):
        return table.column("photo").near_duplicates == 0

    @ht.table_test
    def none_twice(table):
        return (table.column("photo").duplicates == 0) & (table.duplicate_rows == 0)


def test_a_row_of_media_becomes_figures_and_says_what_is_wrong() -> None:
    checker = RowChecker(Clip.spec)
    good = checker.check({"photo": picture(), "call": sound(), "clip": film()})
    assert good.row is not None
    assert good.row["photo"]["width"] == 64
    assert good.row["brightness"] == good.row["photo"]["brightness"]
    assert [each.message for each in good.failures] == [
        "call.duration() 1, clip.frame_rate() 25: breaks call.is_null() | "
        "((call.duration() < 0.9) & (clip.frame_rate() >= 24)) [rule.short]"
    ]
    high = checker.check({"photo": picture(size=(20, 30))})
    assert [each.message for each in high.failures] == [
        "photo.width() 20, photo.height() 30: A picture is wider than it is high [rule.wide]"
    ]
    assert high.failures[0].value == {"photo.width()": 20, "photo.height()": 30}
    cut = picture("JPEG")[:500]
    for sent in (cut, b64encode(cut).decode()):
        (found,) = checker.check({"photo": sent}).failures
        assert found.message == (
            "photo: <500 bytes> is not an image that can be read: truncated after 500 bytes [photo.type]"
        )
        assert found.value == "<500 bytes>"
    (found,) = checker.check({"photo": "/etc/passwd"}).failures
    assert found.message == 'photo: "/etc/passwd" is not an image that can be read: text that is no base64 [photo.type]'


def test_a_browsers_prefix_before_base64_is_taken() -> None:
    photo, call = picture("PNG"), sound("WAV")
    spec = ContractSpec(name="Sent", fields=tuple(FieldSpec(name=kind, kind=kind) for kind in ("image", "audio")))
    plain = {"image": b64encode(photo).decode(), "audio": b64encode(call).decode()}
    for image, audio in (
        ("data:image/png;base64,", "data:audio/wav;base64,"),
        ("data:image/jpeg;charset=utf-8;base64,", "data:video/mp4;base64,"),  # what it is, the bytes say
        ("DATA:;BASE64,", "data:application/octet-stream;base64,"),
    ):
        row = {"image": image + plain["image"], "audio": audio + plain["audio"]}
        (verdict,) = RowChecker(spec).check_json(json.dumps(row).encode())
        assert verdict == RowChecker(spec).check(row) == RowChecker(spec).check(plain)
        assert verdict.row is not None
        assert BatchChecker(spec).check(pl.DataFrame([row])).accepted.rows(named=True) == [verdict.row]
    wrong = {"image": "data:text/html;base64," + plain["image"], "audio": "data:audio/wav," + plain["audio"]}
    said = [failure.message for failure in RowChecker(spec).check(wrong).failures]
    assert "is not an image that can be read: its own word is that it holds text/html [image.type]" in said[0]
    assert "is not a sound that can be read: text that is no base64 [audio.type]" in said[1]
    assert [[each.message for each in row] for row in BatchChecker(spec).failures(pl.DataFrame([wrong]))] == [said]


def test_what_does_not_apply_to_a_kind_is_said_when_the_class_is_made() -> None:
    def made(rule: Any) -> str:
        with pytest.raises(ht.errors.ContractError) as wrong:
            type("Wrong", (ht.Contract,), {"__annotations__": {"photo": ht.Image, "beds": ht.Int}, "r": ht.rule(rule)})
        return wrong.value.message.split(": ", 1)[1]

    assert made(lambda row: row.photo.duration() > 1) == ".duration() does not work on an image"
    assert made(lambda row: row.beds.width() > 1) == ".width() does not work on a whole number"
    assert made(lambda row: row.photo == row.photo) == "== does not work on an image as a whole"
    assert made(lambda row: row.photo.is_in(["a"])) == "== does not work on an image as a whole"
    assert made(lambda row: row.photo.widht() > 1) == "a row's value has no .widht"
    with pytest.raises(ht.errors.ContractError, match="photo is image and has no limits"):
        type("Wrong", (ht.Contract,), {"__annotations__": {"photo": ht.Image}, "photo": ht.field(ge=1)})
    with pytest.raises(ht.errors.ContractError, match=r"a category has no \.near_duplicates"):

        class Wrong(ht.Contract):
            wall: ht.Category

            @ht.table_test
            def none(table):
                return table.column("wall").near_duplicates == 0


def test_look_alikes_are_counted_however_the_table_is_cut() -> None:
    photos = [picture(), picture("JPEG"), picture(), picture(seed=1), picture("WEBP", seed=1), picture(seed=2)]
    accepted = BatchChecker(Clip.spec).check(pl.DataFrame({"photo": photos})).accepted
    alike, twice = check_table(Clip.spec, accepted)
    assert (alike.passed, alike.value) == (False, {"photo.near_duplicates": 3})
    assert twice.value == {"photo.duplicates": 1, "duplicate_rows": 1}
    figures = TableFigures(test.expression for test in Clip.spec.table_tests)
    for start in range(0, 6, 2):
        figures.add(accepted.slice(start, 2))
    assert figures.values() == {"photo.near_duplicates": 3, "photo.duplicates": 1, "duplicate_rows": 1}


def test_media_are_no_features_and_their_figures_are() -> None:
    model = ht.Model("m", target="beds", contract=type(
        "Row", (Clip,), {"__annotations__": {"beds": ht.Int}}
    ), data=ht.files("x.csv"))  # fmt: skip
    assert model.features == ("brightness", "mode")
    assert model.watched == ("brightness", "mode")
    accepted = BatchChecker(Clip.spec).check(pl.DataFrame({"photo": PICTURES[:3]})).accepted
    encoder = fit_encoder(Clip.spec, ["brightness", "mode"], accepted)
    assert encoder.features[1].levels == ("RGB",)
    with pytest.raises(ht.errors.ContractError, match=r"the feature photo is an image, which a model cannot take"):
        fit_encoder(Clip.spec, ["photo"], accepted)
    with pytest.raises(ht.errors.ContractError, match="feature photo is an image"):
        ht.Model("m", target="beds", features=["photo"], contract=type(
            "Row", (Clip,), {"__annotations__": {"beds": ht.Int}}
        ), data=ht.files("x.csv"))  # fmt: skip


def test_the_log_keeps_figures_and_gives_them_back() -> None:
    checker = RowChecker(Clip.spec)
    row = checker.check({"photo": picture("BMP", (800, 600)), "call": sound(), "clip": film()}).row
    assert row is not None
    record = Prediction(id="a", received=1, version="v", row=row, value=1.0)
    body = encode_record(record)
    assert len(body) < 2_000
    assert decode_record(body) == record
    assert checker.check(row).row == row
    failed = checker.check({"photo": b"x" * 5_000}).failures[0]
    refusal = Refusal(id="b", received=1, version="v", failures=(
        FailedTest(field=failed.field, value=failed.value, test=failed.test, message=failed.message),
    ))  # fmt: skip
    assert len(encode_record(refusal)) < 300


def test_bytes_are_sent_as_base64_and_figures_as_they_are() -> None:
    frame = pl.DataFrame({"photo": [picture(), None], "call": [sound(), sound()]})
    rows = rows_to_send(Clip.spec, frame, "native")
    (first, second) = RowChecker(Clip.spec).check_json(msgspec.json.encode(rows))
    assert first.row is not None
    assert [each.test for each in second.failures if each.severity == "refuse"] == ["photo.null"]
    accepted = BatchChecker(Clip.spec).check(frame).accepted
    (again,) = RowChecker(Clip.spec).check_json(msgspec.json.encode(rows_to_send(Clip.spec, accepted, "native")))
    assert again.row == first.row


def test_every_figure_is_profiled() -> None:
    accepted = BatchChecker(Clip.spec).check(pl.DataFrame({"photo": PICTURES[:5], "call": [None, *SOUND_FILES[:4]]}))
    profiles = profile_frame(accepted.accepted)
    assert profiles["photo.brightness"] == profiles["brightness"]
    assert (profiles["photo"].distinct.count, profiles["call"].nulls, profiles["call"].distinct.count) == (5, 1, 4)
    assert profiles["photo.format"].top.counts == dict.fromkeys(sorted(IMAGES[:5]), 1)
    assert (profiles["call.duration"].nulls, profiles["clip.frame_rate"].nulls) == (1, 5)
    assert not [name for name in profiles if "content" in name or "fingerprint" in name]
    halves = [profile_frame(accepted.accepted.slice(start, 3)) for start in (0, 3)]
    assert merge_frames(*halves)["photo.width"] == profiles["photo.width"]


def test_columns_of_media_are_known_by_their_bytes_or_names() -> None:
    raw = pl.DataFrame(
        {
            "photo": [f"photos/{n}.{'jpg' if n else 'PNG'}" for n in range(9)],
            "clip": FILM_FILES * 3,
            "other": [b"abc"] * 9,
        }
    )
    drafts = suggest({column.name: add_evidence(gather(column, "csv"), gather(column, "csv")) for column in raw})
    assert [(draft.name, draft.kind, draft.options) for draft in drafts] == [
        ("photo", "image", {}), ("clip", "video", {})
    ]  # fmt: skip
    text = draft_text("Clip", drafts, "a table")
    assert "    # 18 values, an image each, by the names of their files\n    photo: ht.Image\n" in text
    assert "    # 18 values, a video each, by their bytes\n    clip: ht.Video\n" in text
    exec(text, {})  # noqa: S102


def test_no_value_is_written_for_media_and_the_fallback_may_answer() -> None:
    with pytest.raises(ht.errors.ContractError, match="photo is an image, for which no value can be written"):
        type("Wrong", (ht.Contract,), {"__annotations__": {"photo": ht.Image}, "photo": ht.field(live=ht.replace("x"))})

    class Kept(ht.Contract):
        photo: ht.Image = ht.field(live=ht.fall_back())

    verdict = RowChecker(Kept.spec, live=True).check({"photo": b"abc"})
    assert verdict.row == {"photo": None} and verdict.failures[0].value == "<3 bytes>"


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "PIL.Image")
    for checker in (RowChecker, BatchChecker):
        with pytest.raises(ht.errors.MissingExtra, match="reading images needs the library PIL") as missing:
            checker(Clip.spec)
        assert missing.value.hint == "pip install 'holdtrue[media]'"


def test_a_live_row_has_less_sound_decoded_than_a_table() -> None:
    class Heard(ht.Contract):
        call: ht.Audio

    # Digital silence: FLAC needs a few bytes a second for it.
    data = sound("FLAC", np.zeros((1, ROW_SAMPLES + 48_000), dtype=np.int16))
    body = json.dumps({"call": b64encode(data).decode()}).encode()
    live = RowChecker(Heard.spec, live=True)
    reason = "is not a sound that can be read: more than 30,000,000 samples, the most that are decoded here [call.type]"
    for verdict in (live.check({"call": data}), live.check_json(body)[0]):
        assert verdict.row is None
        assert verdict.failures[0].message.endswith(reason)
    assert RowChecker(Heard.spec).check({"call": data}).row is not None


def large(grey: int) -> str:
    """Return a photo of 64 million pixels in base64: two of them are more than one request may have decoded."""
    return b64encode(saved(Image.new("L", (8_000, 8_000), grey), "JPEG")).decode()


class Framed(ht.Contract):
    photo: ht.Image
    other: ht.Image = ht.field(null=True)
    number: ht.Int = ht.field(ge=0, live=ht.replace(0))

    @ht.rule
    def dark(row: Any) -> Any:
        return row.photo.brightness() < 0.5

    @ht.rule(severity="warn")
    def square(row: Any) -> Any:
        return row.photo.width() != row.photo.height()


def test_a_photo_is_decoded_once_however_its_row_is_judged() -> None:
    """Once is within what a request may have decoded, twice is not."""
    checker = RowChecker(Framed.spec, live=True)
    dark, bright = large(10), large(200)
    warned = checker.check_json(json.dumps({"photo": dark, "number": 1}).encode())[0]
    assert [each.test for each in warned.failures] == ["rule.square"]
    refused = checker.check_json(json.dumps([{"photo": bright, "number": 1}]).encode())[0]
    assert [each.test for each in refused.failures] == ["rule.dark", "rule.square"]
    mended = checker.check_json(json.dumps({"photo": dark, "number": -1}).encode())[0]
    assert mended.replaced == ("number",)
    (other,) = checker.check_json(json.dumps([{"photo": dark, "number": "many"}]).encode())
    assert other.replaced == ("number",)
    same = checker.check_json(json.dumps([{"photo": dark, "other": dark, "number": 1}] * 3).encode())
    assert [each.row for each in same] == [same[0].row] * 3
    assert same[0].row is not None and same[0].row["photo"] is not same[0].row["other"]


def test_a_request_that_asks_for_too_much_decoding_is_stopped_and_a_table_is_not() -> None:
    row = {"photo": large(10), "other": large(20), "number": 1}
    parted = [row | {"other": None}, {"photo": row["other"], "number": 1}]
    live = RowChecker(Framed.spec, live=True)
    for sent in (row, parted):
        with pytest.raises(TooMuchMedia, match="more than 100 million pixels"):
            live.check_json(json.dumps(sent).encode())
    with pytest.raises(TooMuchMedia):
        live.check(row)
    with pytest.raises(TooMuchMedia):
        live.check_rows(parted)
    assert not RowChecker(Framed.spec).check(row).refused
    broken = pl.DataFrame([row | {"number": -1}])
    judged = BatchChecker(Framed.spec).check(broken)
    assert judged.refused.tolist() == [True]
    settled = settle(judged, live, broken)  # the figures are there already, so nothing is decoded
    assert settled.verdicts[0].replaced == ("number",)
    unread = pl.DataFrame([row | {"number": -1}, {"photo": "none", "other": "none", "number": 1}])
    assert settle(BatchChecker(Framed.spec).check(unread), live, unread).verdicts == {}
