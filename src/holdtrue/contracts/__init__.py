"""Tests of data: declared once, compiled to one Polars pass and to a check of one live row, which agree."""

from holdtrue.contracts.batch_checker import BatchChecker, BatchResult, BatchTally, TestResult, named_by
from holdtrue.contracts.column_names import is_called_key
from holdtrue.contracts.contract import Contract
from holdtrue.contracts.declarations import derive, rule, table_test
from holdtrue.contracts.draft_judging import draft_spec, draft_tests
from holdtrue.contracts.draft_text import draft_text
from holdtrue.contracts.encoder import (
    EncoderSpec,
    FeatureSpec,
    RowEncoder,
    compile_row_encoder,
    encode_frame,
    encode_rows,
    fit_encoder,
    require_feature,
)
from holdtrue.contracts.expression_text import expression_text, statistic_name
from holdtrue.contracts.expression_words import expression_words
from holdtrue.contracts.expressions import ITEM_KINDS, NO_FEATURES, Expression, Kind, Statistic, described, nodes_of
from holdtrue.contracts.fields import (
    Audio,
    Bool,
    Category,
    Date,
    DateTime,
    Embedding,
    Float,
    Image,
    Int,
    Key,
    List,
    Text,
    Video,
    bounds,
    fall_back,
    field,
    replace,
)
from holdtrue.contracts.frame_decoding import Decoding, Spelling, decode_column, decode_field
from holdtrue.contracts.frame_media import ABREAST, each_read
from holdtrue.contracts.inference import Evidence, FieldDraft, add_evidence, gather, is_unique, key_draft, suggest
from holdtrue.contracts.joined import as_text, clashing_columns, joined_results
from holdtrue.contracts.media_values import FAULT, FILE, kept, read_stream, read_value
from holdtrue.contracts.messages import Failure, general_message
from holdtrue.contracts.mixed_cells import MIXED, as_mixed, mixed_column, mixed_text, unmixed
from holdtrue.contracts.other_tables import OtherColumn, keys_in, other_columns
from holdtrue.contracts.parts import AT_ONCE, PartOfTable, check_parts
from holdtrue.contracts.past import Past
from holdtrue.contracts.plain_values import column_values, shown
from holdtrue.contracts.polars_compiler import dtype_of, to_polars
from holdtrue.contracts.python_compiler import evaluator, to_python
from holdtrue.contracts.python_text import class_name, literal
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
from holdtrue.contracts.table_tests import TableResult, check_table, judge_table, judged_live, left_to_detectors
from holdtrue.contracts.unread import Unread

__all__ = [
    "ABREAST",
    "AT_ONCE",
    "FAULT",
    "FILE",
    "ITEM_KINDS",
    "MIXED",
    "NO_FEATURES",
    "Audio",
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
    "Embedding",
    "EncoderSpec",
    "Evidence",
    "Expression",
    "Failure",
    "FeatureSpec",
    "FieldDraft",
    "FieldSpec",
    "Float",
    "Image",
    "Int",
    "Key",
    "Kind",
    "List",
    "LivePolicy",
    "OtherColumn",
    "PartOfTable",
    "Past",
    "RowChecker",
    "RowEncoder",
    "RowTest",
    "RuleSpec",
    "Settled",
    "Severity",
    "Spelling",
    "Statistic",
    "TableFigures",
    "TableResult",
    "TableTestSpec",
    "TestResult",
    "Text",
    "TooManyRows",
    "Unread",
    "Verdict",
    "Video",
    "add_evidence",
    "as_mixed",
    "as_text",
    "bounds",
    "check_parts",
    "check_table",
    "clashing_columns",
    "class_name",
    "column_values",
    "compile_row_encoder",
    "decode_column",
    "decode_field",
    "derive",
    "described",
    "draft_spec",
    "draft_tests",
    "draft_text",
    "dtype_of",
    "each_read",
    "encode_frame",
    "encode_rows",
    "evaluator",
    "expression_text",
    "expression_words",
    "fall_back",
    "field",
    "fit_encoder",
    "gather",
    "general_message",
    "is_called_key",
    "is_unique",
    "joined_results",
    "judge_table",
    "judged_live",
    "kept",
    "key_draft",
    "keys_in",
    "left_to_detectors",
    "literal",
    "mixed_column",
    "mixed_text",
    "named_by",
    "nodes_of",
    "other_columns",
    "read_stream",
    "read_value",
    "replace",
    "require_feature",
    "row_tests",
    "rows_to_send",
    "rule",
    "settle",
    "shown",
    "statistic_name",
    "suggest",
    "table_test",
    "to_polars",
    "to_python",
    "unmixed",
    "validate",
]
