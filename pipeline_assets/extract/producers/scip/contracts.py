"""What the SCIP layer promises."""

from __future__ import annotations

from pipeline_assets.extract.producers.scip.grammar import SUFFIX_VALUES
from pipeline_assets.extract.producers.scip.names import ENCODINGS, SEVERITIES
from pipeline_assets.extract.status import status_contract
from pipeline_assets.inference.contract import Column, Contract, Reference

LAYER = "scip"

READ, UNMATCHED, REFUSED, DUPLICATE, MALFORMED, LIMITED = (
    "read",
    "unmatched",
    "refused",
    "duplicate",
    "malformed",
    "limited",
)
DOCUMENT, EXTERNAL, MENTIONED = "document", "external", "mentioned"

_REPOSITORY = Column("repository", "string", "Name of the repository.")
_FILE = Column("file_id", "int64", "The file.")
_FILE_REFERENCE = Reference("file_id", "files", "file_id")
_SYMBOL = Reference("symbol", "scip_symbols", "symbol")

SCIP_DOCUMENTS = Contract(
    name="scip_documents",
    layer="extract",
    description="One row per document of the SCIP index that was given, with what became of it.",
    columns=(
        _REPOSITORY,
        Column("document", "int32", "Place in the index, from 0."),
        Column("path", "string", "Path as the index has it; none where it cannot be read.", True),
        Column("file_id", "int64", "The file of that path, if there is one.", True),
        Column("language", "string", "Programming language, as the index names it.", True),
        Column("position_encoding", "string", "Units that the index says it counts in.", True, values=ENCODINGS),
        Column("occurrences", "int32", "Number of occurrences in it."),
        Column("misplaced", "int32", "Ranges in it that the file does not have; occurrences of such are left out."),
        Column("symbols", "int32", "Number of symbols that it describes."),
        Column(
            "status",
            "string",
            "read; unmatched: no file that is read has the path; refused: the path is absolute or leads elsewhere; "
            "duplicate: an earlier document has the path; malformed: it is no message; limited: it exceeds a limit.",
            values=(READ, UNMATCHED, REFUSED, DUPLICATE, MALFORMED, LIMITED),
        ),
        Column("reason", "string", "Why it was not read, or what is wrong with it.", True),
    ),
    key=("repository", "document"),
    references=(_FILE_REFERENCE,),
    query="SELECT path, status, reason FROM scip_documents WHERE status <> 'read' OR misplaced > 0",
)

SCIP_OCCURRENCES = Contract(
    name="scip_occurrences",
    layer="extract",
    description="One row per place where the index finds a symbol, with its role there.",
    columns=(
        _REPOSITORY,
        _FILE,
        Column("occurrence_id", "int64", "Id of the occurrence: the file's id, then its place in the file."),
        Column("bstart", "int32", "First byte."),
        Column("bend", "int32", "Byte after the last."),
        Column("line", "int32", "First line, from 1."),
        Column("symbol", "string", "The symbol; none where the index only says how to colour the place.", True),
        Column("roles", "int32", "The roles as the index has them: a set of bits."),
        Column("is_definition", "boolean", "The symbol is defined here."),
        Column("is_import", "boolean", "The symbol is imported here."),
        Column("is_write", "boolean", "The symbol is written here."),
        Column("is_read", "boolean", "The symbol is read here."),
        Column("is_generated", "boolean", "The place is in generated code."),
        Column("is_test", "boolean", "The place is in test code."),
        Column("is_forward_definition", "boolean", "The symbol is declared here and defined elsewhere."),
        Column("syntax_kind", "string", "Kind of the token; a number where it has no name.", True),
        Column("enclosing_bstart", "int32", "First byte of the syntax node around, or of the whole definition.", True),
        Column("enclosing_bend", "int32", "Byte after its last.", True),
        Column("documentation", "string", "Documentation for this place, in Markdown.", True),
    ),
    key=("occurrence_id",),
    local=("occurrence_id",),
    spans=(("bstart", "bend"), ("enclosing_bstart", "enclosing_bend")),
    references=(_FILE_REFERENCE, _SYMBOL),
    query="SELECT symbol, count(*) FROM scip_occurrences WHERE NOT is_definition GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

SCIP_SYMBOLS = Contract(
    name="scip_symbols",
    layer="extract",
    description="One row per symbol that the index describes or mentions, its name taken apart.",
    columns=(
        _REPOSITORY,
        Column("path", "string", "Document that describes it, or that it is local to; empty where there is none."),
        Column("symbol", "string", "Name of the symbol, as the index has it."),
        Column("file_id", "int64", "The file of that path.", True),
        Column(
            "origin",
            "string",
            "document: a document describes it; external: the index does, for other packages; mentioned: nothing does.",
            values=(DOCUMENT, EXTERNAL, MENTIONED),
        ),
        Column("descriptions", "int32", "How often it is described there; the first description counts."),
        Column("is_valid", "boolean", "Whether its name is in SCIP's grammar; if not, its parts are none."),
        Column("is_local", "boolean", "Whether it means something only inside its document."),
        Column("scheme", "string", "Who gives names of this form.", True),
        Column("manager", "string", "Package manager.", True),
        Column("package", "string", "Name of the package.", True),
        Column("version", "string", "Version of the package.", True),
        Column("descriptors", "string", "The path to it inside the package.", True),
        Column("name", "string", "Last part of that path, without escapes; the id of a local symbol.", True),
        Column("suffix", "string", "What the last part stands for.", True, values=SUFFIX_VALUES),
        Column("enclosing_symbol", "string", "The symbol around, as the index says, or its name.", True),
        Column("display_name", "string", "Name to show.", True),
        Column("kind", "string", "Kind of the symbol; a number where it has no name.", True),
        Column("signature", "string", "Its signature, as documentation shows it.", True),
        Column("documentation", "string", "Its documentation in Markdown, paragraphs joined by blank lines.", True),
    ),
    key=("repository", "path", "symbol"),
    references=(_FILE_REFERENCE,),
    query="SELECT origin, suffix, kind, count(*) FROM scip_symbols GROUP BY ALL ORDER BY 4 DESC",
)

SCIP_RELATIONSHIPS = Contract(
    name="scip_relationships",
    layer="extract",
    description="One row per symbol and symbol that it is related to.",
    columns=(
        _REPOSITORY,
        Column("path", "string", "Document that says so; empty where the index does, for another package."),
        Column("symbol", "string", "The symbol."),
        Column("target", "string", "The symbol it is related to."),
        Column("file_id", "int64", "The file of that path.", True),
        Column("is_reference", "boolean", "References to it are references to the target."),
        Column("is_implementation", "boolean", "It implements the target."),
        Column("is_type_definition", "boolean", "The target is the definition of its type."),
        Column("is_definition", "boolean", "The target is where it is defined."),
    ),
    key=("repository", "path", "symbol", "target"),
    references=(_FILE_REFERENCE, _SYMBOL, Reference("target", "scip_symbols", "symbol")),
    query="SELECT symbol, target FROM scip_relationships WHERE is_implementation",
)

SCIP_DIAGNOSTICS = Contract(
    name="scip_diagnostics",
    layer="extract",
    description="One row per diagnostic that the index reports at an occurrence.",
    columns=(
        _REPOSITORY,
        _FILE,
        Column("occurrence_id", "int64", "The occurrence."),
        Column("ordinal", "int32", "Place among the occurrence's diagnostics, from 0."),
        Column("bstart", "int32", "First byte."),
        Column("bend", "int32", "Byte after the last."),
        Column("severity", "string", f"{', '.join(SEVERITIES)}; a number where it has no name.", True),
        Column("code", "string", "Code of the diagnostic.", True),
        Column("message", "string", "What it says."),
        Column("source", "string", "Who reports it.", True),
        Column("tags", "string", "Its tags, joined by commas.", True),
    ),
    key=("occurrence_id", "ordinal"),
    local=("occurrence_id",),
    spans=(("bstart", "bend"),),
    references=(_FILE_REFERENCE, Reference("occurrence_id", "scip_occurrences", "occurrence_id")),
    query="SELECT severity, code, message FROM scip_diagnostics LIMIT 20",
)

SCIP_STATUS = status_contract("scip_status", "SCIP document was")
