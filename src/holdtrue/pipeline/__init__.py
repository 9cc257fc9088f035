"""The training road: capture, test data, split, fit, test model, baseline, register."""

from holdtrue.pipeline.captured import (
    CapturedCode,
    CapturedData,
    capture_data,
    capture_project,
    choose_model,
    project_at,
)
from holdtrue.pipeline.contender import Contender, load_contender
from holdtrue.pipeline.declared import declared_files
from holdtrue.pipeline.earlier import earlier_data
from holdtrue.pipeline.others import read_keys
from holdtrue.pipeline.records import Ground, RunReport, RunRequest, StepReport
from holdtrue.pipeline.road import travel
from holdtrue.pipeline.tested import TestedData, judge_data, refuse_bad_data, require_columns, without_known
from holdtrue.pipeline.twins import PARTS_APART
from holdtrue.pipeline.usercode import printing_aside

__all__ = [
    "PARTS_APART",
    "CapturedCode",
    "CapturedData",
    "Contender",
    "Ground",
    "RunReport",
    "RunRequest",
    "StepReport",
    "TestedData",
    "capture_data",
    "capture_project",
    "choose_model",
    "declared_files",
    "earlier_data",
    "judge_data",
    "load_contender",
    "printing_aside",
    "project_at",
    "read_keys",
    "refuse_bad_data",
    "require_columns",
    "travel",
    "without_known",
]
