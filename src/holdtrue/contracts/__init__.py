"""Tests of data: declared once, compiled to one Polars pass and to a check of one live row, which agree."""

from holdtrue.contracts.batch_checker import BatchChecker, BatchResult, BatchTally, TestResult, named_by
from holdtrue.contracts.contract import Contract
from holdtrue.contracts.declarations import derive, rule, table_test
from holdtrue.contracts.draft_text import draft_text
from holdtrue.contracts.encoder import (
    EncoderSpec,
    FeatureSpec,
    RowEncoder,
    compile_row_encoder,
    encode_frame,
    encode_rows,
    fit_encoder,
)
from holdtrue.contracts.expression_text import expression_text
from holdtrue.contracts.expressions import Expression, Kind
from holdtrue.contracts.fields import (
    Bool,
    Category,
    Date,
    DateTime,
    Float,
    Int,
    Text,
    bounds,
    fall_back,
    field,
    replace,
)
from holdtrue.contracts.frame_decoding import Decoding, Spelling, decode_column
from holdtrue.contracts.inference import Evidence, FieldDraft, add_evidence, gather, suggest
from holdtrue.contracts.messages import Failure, general_message, shown
from holdtrue.contracts.parts import AT_ONCE, PartOfTable, check_parts
from holdtrue.contracts.polars_compiler import to_polars
from holdtrue.contracts.python_compiler import evaluator, to_python
from holdtrue.contracts.row_checker import RowChecker, TooManyRows, Verdict
from holdtrue.contracts.row_tests import RowTest, row_tests
from holdtrue.contracts.sending import rows_to_send
from holdtrue.contracts.settling import Settled, settle
from holdtrue.contracts.spec import (
    Bounds,
    ContractSpec,
    DeriveSpec,
    FieldSpec,
    LivePolicy,
    RuleSpec,
    Severity,
    TableTestSpec,
    validate,
)
from holdtrue.contracts.table_figures import TableFigures
from holdtrue.contracts.table_tests import TableResult, check_table, judge_table

__all__ = [
    "AT_ONCE",
    "BatchChecker",
    "BatchResult",
    "BatchTally",
    "Bool",
    "Bounds",
    "Category",
    "Contract",
    "ContractSpec",
    "Date",
    "DateTime",
    "Decoding",
    "DeriveSpec",
    "EncoderSpec",
    "Evidence",
    "Expression",
    "Failure",
    "FeatureSpec",
    "FieldDraft",
    "FieldSpec",
    "Float",
    "Int",
    "Kind",
    "LivePolicy",
    "PartOfTable",
    "RowChecker",
    "RowEncoder",
    "RowTest",
    "RuleSpec",
    "Settled",
    "Severity",
    "Spelling",
    "TableFigures",
    "TableResult",
    "TableTestSpec",
    "TestResult",
    "Text",
    "TooManyRows",
    "Verdict",
    "add_evidence",
    "bounds",
    "check_parts",
    "check_table",
    "compile_row_encoder",
    "decode_column",
    "derive",
    "draft_text",
    "encode_frame",
    "encode_rows",
    "evaluator",
    "expression_text",
    "fall_back",
    "field",
    "fit_encoder",
    "gather",
    "general_message",
    "judge_table",
    "named_by",
    "replace",
    "row_tests",
    "rows_to_send",
    "rule",
    "settle",
    "shown",
    "suggest",
    "table_test",
    "to_polars",
    "to_python",
    "validate",
]
