"""The chapters. Each does what it tells by the same functions, commands and requests that a user has."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from holdtrue.demo.commands import commands
from holdtrue.demo.stage import MODEL, Stage
from holdtrue.demo.telling import Teller, on_day
from holdtrue.demo.traffic import Traffic
from holdtrue.foundation import Event, dollars
from holdtrue.pipeline import RunReport, RunRequest, travel
from holdtrue.predicting import load_version
from holdtrue.registry import approved, promote
from holdtrue.workspace import overview, store_usage

_QUIET_UNTIL = date(1996, 4, 1)
_YEAR_END = date(1997, 1, 1)
_LAST_DAY = date(1997, 12, 31)
_HARDLY = 0.05
_ACTORS = {"monitor": "the monitor", "policy": "a policy", "loop": "the loop"}


def capture_and_train(stage: Stage, teller: Teller) -> None:
    """Chapter 1: from a folder to a version in production."""
    teller.chapter("Code and data become a version")
    report = travel(RunRequest(why="the first version", actor="person:demo"), stage.workspace.ground)
    for step in report.steps:
        teller.note(f"{step.name:<15} {step.seconds:5.2f} s   {step.outcome}")
    teller.say(
        f"The contract in model.py found real defects in the {report.rows:,} sales to the end of 1995; "
        f"{report.refused:,} rows were refused and set aside with their reasons; a warning only counts its rows:"
    )
    teller.table(
        ("rows", "then", "test", "for example"),
        [
            (f"{test.failed:,}", test.severity.value, test.test, _without_test(test.examples[0].message))
            for test in report.tests
            if test.failed
        ],
        right=("rows",),
    )
    _gate(report, teller)
    if report.version is None:
        return
    moved = promote(
        stage.workspace.catalog,
        stage.workspace.store,
        report.version,
        by="person:demo",
        why="the first version",
        clock=stage.workspace.clock,
    )
    teller.say(f"{moved.message}, the version that answers.", "green")


def _gate(report: RunReport, teller: Teller) -> None:
    gate = report.gate
    if gate is None:
        return
    held = report.parts.get("held", 0)
    verdict = "passed" if gate.passed else "FAILED"
    teller.say(
        f"Trained on the older sales, judged on the {held:,} newest, which it never saw. Its gate (what a version must "
        f"pass to be promoted) {verdict}:"
    )
    for result in gate.results:
        if result.passed is not True or result.value is not None:
            word = {True: "passed", False: "FAILED", None: "not judged"}[result.passed]
            teller.bullet(f"{word}: {result.condition}: {result.message}", "" if result.passed else "bold red")
    kept = sum(result.passed is True and result.value is None for result in gate.results)
    teller.note(f"and {kept} further conditions passed")


def _without_test(message: str) -> str:
    return message.rpartition(" [")[0] or message


def go_live(stage: Stage, traffic: Traffic, teller: Teller) -> None:
    """Chapter 2: the first months of live traffic."""
    teller.chapter("It goes live: the sales of 1996, one HTTP request each, in the order of their days")
    report = traffic.run(_QUIET_UNTIL)
    teller.say(
        f"January to March: {report.sent:,} sales sent, {report.answered:,} answered, {report.refused:,} refused by "
        f"the contract (the same real defects as in training), {report.failed:,} lost; {report.per_second:,.0f} "
        f"requests/s, p99 {report.p99:.1f} ms, each tested, recorded and watched. {report.labels:,} prices paid came "
        "in, 30 days later."
    )
    state = stage.state()
    inputs = [event for event in traffic.events if event.kind == "alarm.raised" and event.data["group"] == "inputs"]
    standing = state.standing.get("inputs")
    if standing is not None and not inputs:
        teller.say(
            f"Inputs are quiet: the strongest sign of a change, in {standing.quantity}, is {standing.level:.2g} of "
            "what makes an alarm. All together raise at most one false alarm in 100,000 rows or 30 days."
        )


def broken_rows(stage: Stage, traffic: Traffic, teller: Teller) -> None:
    """Chapter 3: rows that must not be answered (staged)."""
    teller.chapter("Broken rows are refused (staged: these three are sent on purpose)")
    sound: dict[str, Any] = {
        "yrbuilt": 1965, "stories": "one", "area": 1400, "wall": "brick", "beds": 3, "baths": 1, "halfbaths": 1,
        "frontage": 60, "depth": 120, "garage": "attached", "garagesqft": 440, "rooms": 6, "lotsize": 7200,
        "sdate": "1996-03-31",
    }  # fmt: skip
    for field, value in (("beds", -8), ("garage", "boathouse"), ("area", "large")):
        status, answer = stage.post(f"/models/{MODEL}/predict", {**sound, field: value})
        for failure in answer.get("failures", []):
            teller.bullet(f"{field} = {value!r}: HTTP {status}, {failure['message']}")
    teller.note("the words are those of chapter 1: a contract is written once, and tests tables and live rows alike")


def real_things(stage: Stage, traffic: Traffic, teller: Teller) -> None:
    """Chapter 4: the rest of the year, and what happens in it."""
    teller.chapter("Real things happen in 1996, and no one tells holdtrue about them")
    before, already = traffic.report, dict(traffic.versions)
    traffic.follow(_YEAR_END)
    traffic.finish_training()
    _told_in_short(traffic, teller)
    report = traffic.report
    sent, refused, lost = (getattr(report, name) - getattr(before, name) for name in ("sent", "refused", "failed"))
    since = {version: count - already.get(version, 0) for version, count in traffic.versions.items()}
    answered = ", ".join(f"{count:,} answered by {version}" for version, count in since.items())
    teller.say(
        f"{sent:,} sales were sent from April to December and {lost} lost, while versions changed: {answered}, "
        f"{refused:,} refused."
    )


def _told_in_short(traffic: Traffic, teller: Teller) -> None:
    alarms = [event for event in traffic.events if event.kind == "alarm.raised"]
    wall = next((event for event in alarms if event.data["quantity"] == "wall"), None)
    price = next((event for event in alarms if event.data["group"] == "errors"), None)
    if price is not None:
        teller.say(
            f"The price level: once prices paid came in, the error was seen to have left its range, on "
            f"{on_day(price.time)}; it is dated back to about {on_day(price.data['began_time'])}."
        )
    refused = next((each for each in alarms if each.data["group"] == "tests"), None)
    if refused is not None:
        teller.say(
            f"The refused rows: houses are entered as sold before they were built more often than in the years before; "
            f"seen on {on_day(refused.time)}. Nothing is retrained: the contract refuses them, and a person must look."
        )
    if wall is not None and wall.time is not None:
        rows = wall.data["rows_taken"]
        teller.say(
            f"The siding: the county began to record `wall` differently on 1 July 1996; holdtrue said so on "
            f"{on_day(wall.time)}, {rows:,} sales after the beginning that it estimates "
            f"({on_day(wall.data['began_time'])})."
        )
        _after_siding(wall, traffic, teller)
    else:
        teller.say(
            "The change of siding on 1 July 1996 was NOT found: a defect of holdtrue, please report it.", "bold red"
        )


def _after_siding(wall: Event, traffic: Traffic, teller: Teller) -> None:
    """Tell what came of the alarm on `wall`: which version learnt the change, and whether it was alarmed again."""
    alarm = wall.data["alarm"]
    later = [event for event in traffic.events if event.id > wall.id]
    learnt = next((each for each in later if each.kind == "retrain.finished" and each.data["alarm"] == alarm), None)
    if learnt is None:
        teller.say("No new version that has learnt it passed its gate by the end of the year.")
        return
    again = [each for each in later if each.id > learnt.id and each.kind == "alarm.raised"]
    walls = sum("wall" in (each.data["quantity"], *each.data["also"]) for each in again)
    name = learnt.subject.rpartition(":")[2]
    told = "that change raised no further alarm" if not walls else f"`wall` alarmed {walls} more times"
    teller.say(f"{name} was trained also on what came after the change, and promoted; from then on {told}.")


def odd_garage(traffic: Traffic, teller: Teller) -> None:
    """Chapter 5: one odd row is a mark, not an alarm."""
    teller.chapter("One odd row is marked, and raises no alarm")
    largest = max(traffic.odd, key=lambda pair: pair[0].get("garagesqft", 0), default=None)
    if largest is None:
        teller.say("No row was marked as odd.")
        return
    row, reason = largest
    teller.say(
        f"{len(traffic.odd)} of {traffic.report.answered:,} rows were marked. One of them, sold on {row['sdate']}, "
        f"really has a garage of {row['garagesqft']:,} sq ft; its answer said:"
    )
    teller.bullet(reason)
    alarms = [event for event in traffic.events if event.kind == "alarm.raised" and "garage" in event.data["quantity"]]
    teller.note("no alarm on the garage" if not alarms else f"alarms on the garage: {len(alarms)}")


def garage_decides(stage: Stage, traffic: Traffic, teller: Teller) -> None:
    """Chapter 6: right on average, for the wrong reasons (staged)."""
    teller.chapter("Right on average, for the wrong reasons (staged: model.py is changed)")
    model_file = stage.folder / "model.py"
    sound = model_file.read_text("utf-8")
    model_file.write_text(sound.replace("USED = FEATURES", 'USED = ["garagesqft", "lotsize"]'), "utf-8")
    teller.say('model.py now says USED = ["garagesqft", "lotsize"]: trees may look at nothing else.')
    workspace = stage.workspace
    report = travel(RunRequest(why="what if the garage decides?", actor="person:demo"), workspace.ground)
    _gate(report, teller)
    teller.note("order kept is 1 where the same fields decide, the same ones most; the gate asks for 0.90")
    if report.version is None:
        return
    events_before = len(traffic.events)
    moved = promote(
        workspace.catalog,
        workspace.store,
        report.version,
        by="person:demo",
        why="staged: to see what holdtrue does about it",
        force=True,
        clock=workspace.clock,
        time=stage.state().data_time,
    )
    teller.say(
        f"{moved.message}. So it has not earned a baseline (what live rows are compared with), and is watched against "
        "that of the last version that passed."
    )
    traffic.run(traffic.position)  # the move is told; the server has switched when the watch begins
    name = f"v{report.version.number}"

    def rolled_back() -> bool:
        return any(_is_rollback(event) for event in traffic.events[events_before:])

    while traffic.position < _LAST_DAY and not rolled_back():
        traffic.follow(min(_LAST_DAY, traffic.position + timedelta(days=1)), rolled_back)
    _reasons_in_short(stage, traffic, teller, traffic.events[events_before:], name)
    model_file.write_text(sound, "utf-8")
    traffic.follow(min(_LAST_DAY, traffic.position + timedelta(days=14)))
    lost = traffic.report.failed
    teller.say(f"Two weeks more of sales were answered by {traffic.version}; {lost} requests were lost in all.")


def _is_rollback(event: Event) -> bool:
    return event.kind == "alias.moved" and bool(event.data.get("back"))


def _reasons_in_short(stage: Stage, traffic: Traffic, teller: Teller, events: list[Event], name: str) -> None:
    alarm = next(
        (each for each in events if each.kind == "alarm.raised" and each.data["group"] == "attributions"), None
    )
    if alarm is None:
        teller.say("The reasons raised NO alarm: a defect of holdtrue, please report it.", "bold red")
        return
    own, theirs, reference = _averages(stage, traffic, name)
    teller.say(
        f"What drives the price is not what it was: found from the reasons after {alarm.data['rows_taken']:,} rows."
    )
    moved = own / theirs - 1
    told = "the average has hardly moved" if abs(moved) < _HARDLY else f"the average has moved by {moved:+.0%}"
    teller.say(
        f"Until the rollback {name} answered {own:,.0f} USD on average; {reference} would have answered "
        f"{theirs:,.0f} to the same sales: {told}."
    )
    others = sorted({each.data["group"] for each in events if each.kind == "alarm.raised"} - {"attributions"})
    if not others:
        teller.say(
            "Nothing else that is watched raised an alarm: not the inputs, not the predictions, and the errors cannot "
            "tell before the prices paid are known, a month later. The reasons could."
        )


def _averages(stage: Stage, traffic: Traffic, name: str) -> tuple[float, float, str]:
    """Return the averages of a version's answers and of the approved one's to the same rows, and the latter's name."""
    workspace = stage.workspace
    reference = approved(workspace.catalog, workspace.store, MODEL)
    rows = [(row, value) for version, row, value in traffic.answers if version == name]
    if reference is None or not rows:
        return 0.0, 1.0, ""
    loaded = load_version(workspace.store, reference.id)
    judged = [loaded.checker.check(msgspec.to_builtins(row)).row for row, _ in rows]
    same = loaded.predict_rows([row for row in judged if row is not None])
    return sum(value for _, value in rows) / len(rows), float(same.mean()), f"v{reference.number}"


def what_is_left(stage: Stage, teller: Teller, seconds: float, *, keep: bool) -> None:
    """Chapter 7: the record, what it costs, what to try."""
    teller.chapter("The record")
    catalog = stage.workspace.catalog
    told = {
        "version.registered",
        "alias.moved",
        "alarm.raised",
        "retrain.started",
        "retrain.finished",
        "retrain.refused",
    }
    told_before = ""
    for event in catalog.events.list(MODEL):
        if event.kind in told:
            who = _ACTORS.get(event.actor, event.actor.removeprefix("person:"))
            teller.dated(on_day(event.time) if event.time is not None else "", f"{_what(event)}, by {who}")
            why = event.why.split("; ")[0].split(" (")[0]
            if why != told_before:
                teller.dated("", why, "dim")
            told_before = why
    verdict = catalog.events.verify()
    teller.note(f"the record of {verdict.events} events is {'intact' if verdict.intact else 'ALTERED'}")
    usage = store_usage(stage.workspace)
    found = overview(stage.workspace)
    teller.say(
        f"Everything is in {stage.folder}/.holdtrue: store (bytes), catalog.sqlite (records), log (predictions). "
        f"{usage.versions} versions of code, data and model take {usage.stored / 1e6:.1f} MB, "
        f"{dollars(found.month)} a month at ${usage.price:g} per GB; 1,000 more like the last would add "
        f"{dollars(usage.next_thousand_month)}."
    )
    teller.say(f"Told in {seconds:.0f} s. Three commands to try next:")
    reference = approved(catalog, stage.workspace.store, MODEL)
    ref = f"{MODEL}:v{reference.number}" if reference else MODEL
    last = "alarms --all" if keep else "up"
    for command in (f"cd {stage.folder}", *commands(f"show {ref}", "diff v1 production", last)):
        teller.say(command, "bold", indent=3)


def _what(event: Event) -> str:
    forced = " by force" if event.data.get("forced") else ""
    version = event.subject.rpartition(":")[2]
    match event.kind:
        case "alarm.raised":
            return f"alarm: {event.data.get('quantity', '')}"
        case "alias.moved":
            return f"rolled back to {version}" if event.data.get("back") else f"{version} promoted{forced}"
        case "version.registered":
            return f"{version} registered"
        case "retrain.finished":
            return f"retraining finished: {version}"
    return "retraining " + event.kind.rpartition(".")[2]
