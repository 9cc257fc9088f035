"""Tests of data: declared once, compiled to one Polars pass and to a check of one live row, which agree."""

from holdtrue.contracts.batch_checker import BatchChecker, BatchResult, TestResult
from holdtrue.contracts.contract import Contract
from holdtrue.contracts.declarations import derive, rule, table_test
from holdtrue.contracts.encoder import (
    EncoderSpec,
    FeatureSpec,
    RowEncoder,
    compile_frame_encoder,
    compile_row_encoder,
    encode_frame,
    encode_rows,
    fit_encoder,
)
from holdtrue.contracts.expression_text import expression_text
from holdtrue.contracts.expressions import Expression, Kind
from holdtrue.contracts.fields import Bool, Category, Date, DateTime, Float, Int, Text, bounds, field
from holdtrue.contracts.frame_decoding import Spelling
from holdtrue.contracts.messages import Failure, general_message, shown
from holdtrue.contracts.polars_compiler import to_polars
from holdtrue.contracts.python_compiler import evaluator, to_python
from holdtrue.contracts.row_checker import RowChecker, TooManyRows, Verdict
from holdtrue.contracts.sending import rows_to_send
from holdtrue.contracts.spec import (
    Bounds,
    ContractSpec,
    DeriveSpec,
    FieldSpec,
    RuleSpec,
    Severity,
    TableTestSpec,
    validate,
)
from holdtrue.contracts.table_tests import TableResult, check_table, table_figures

__all__ = [
    "BatchChecker",
    "BatchResult",
    "Bool",
    "Bounds",
    "Category",
    "Contract",
    "ContractSpec",
    "Date",
    "DateTime",
    "DeriveSpec",
    "EncoderSpec",
    "Expression",
    "Failure",
    "FeatureSpec",
    "FieldSpec",
    "Float",
    "Int",
    "Kind",
    "RowChecker",
    "RowEncoder",
    "RuleSpec",
    "Severity",
    "Spelling",
    "TableResult",
    "TableTestSpec",
    "TestResult",
    "Text",
    "TooManyRows",
    "Verdict",
    "bounds",
    "check_table",
    "compile_frame_encoder",
    "compile_row_encoder",
    "derive",
    "encode_frame",
    "encode_rows",
    "evaluator",
    "expression_text",
    "field",
    "fit_encoder",
    "general_message",
    "rows_to_send",
    "rule",
    "shown",
    "table_figures",
    "table_test",
    "to_polars",
    "to_python",
    "validate",
]
