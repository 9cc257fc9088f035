"""What the reports say, from the records they are given."""

from __future__ import annotations

import msgspec
import pytest

from holdtrue.cli.reports.verdicts import print_run
from holdtrue.pipeline import RunReport


def test_a_run_names_its_explainer_its_pace_and_what_would_be_faster(capsys: pytest.CaptureFixture[str]) -> None:
    report = RunReport(
        run_id="1", model="flats", status="looked", version=None, explainer="permutation", explained_per_second=7.31
    )
    print_run(report)
    assert "reasons by permutation, about 7.31 rows a second here\n" in capsys.readouterr().out
    print_run(msgspec.structs.replace(report, faster_with="pip install 'holdtrue[shap]'"))
    assert "rows a second here; far faster with: pip install 'holdtrue[shap]'" in capsys.readouterr().out
