"""What is known of files, definitions, parameters and imports beyond their names and places."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.properties import prop, property_family
from pipeline_assets.cpg.shared import import_statements
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

ENTITY_PROPERTIES = property_family(
    "entity_properties", "Hashes and roles of files, traits of definitions, kinds of parameters, and names of imports."
)


def _describe_files(files: Table) -> Table:
    """The content hash of each file that was read, and the roles it plays."""
    read = files.filter(files.sha256.notnull())
    file = ids.file_node(read.file_id)
    roles = []
    for role in ("is_test", "is_generated", "is_vendored"):
        playing = read.filter(read[role])
        roles.append(
            prop(
                playing,
                f"PY_{role.upper()}",
                entity=ids.file_node(playing.file_id),
                kind="FILE",
                value=ibis.literal(True),
                type_="bool",
            )
        )
    return stack(prop(read, "HASH", entity=file, kind="FILE", value=read.sha256, type_="string"), *roles)


def _describe_functions(rows: Table, definitions: Table) -> Table:
    """Add the traits of functions."""
    traits = {
        "PY_IS_ASYNC": definitions.kind == "async_function",
        "PY_IS_GENERATOR": definitions.is_generator,
        "PY_IS_PROPERTY": definitions.is_property,
        "PY_IS_STATIC_METHOD": definitions.is_static_method,
        "PY_IS_CLASS_METHOD": definitions.is_class_method,
    }
    described = []
    for key, holds in traits.items():
        having = definitions.filter(holds & (definitions.kind != "class"))
        described.append(
            prop(having, key, entity=having.definition_id, kind="METHOD", value=ibis.literal(True), type_="bool")
        )
    return stack(rows, *described)


def _describe_parameters(rows: Table, parameters: Table) -> Table:
    """Add how arguments reach parameters."""
    kinds = prop(
        parameters,
        "PY_PARAMETER_KIND",
        entity=parameters.parameter_id,
        kind="METHOD_PARAMETER_IN",
        value=parameters.kind,
        type_="string",
    )
    return stack(rows, kinds)


def _describe_imports(rows: Table, imports: Table) -> Table:
    """Add the entity each import names, the alias it binds, and whether it takes everything."""
    imports = import_statements(imports)
    entity = (imports.kind == "from").ifelse(
        ibis.coalesce(imports.absolute_module, imports.module_text, ibis.literal("")) + "." + imports.name, imports.name
    )
    named = imports.filter(imports.bound_name.notnull())
    stars = imports.filter(imports.is_star)
    return stack(
        rows,
        prop(imports, "IMPORTED_ENTITY", entity=imports.import_id, kind="IMPORT", value=entity, type_="string"),
        prop(named, "IMPORTED_AS", entity=named.import_id, kind="IMPORT", value=named.bound_name, type_="string"),
        prop(stars, "IS_WILDCARD", entity=stars.import_id, kind="IMPORT", value=ibis.literal(True), type_="bool"),
    )


@task(
    ENTITY_PROPERTIES,
    stages=(_describe_files, _describe_functions, _describe_parameters, _describe_imports),
)
def entity_properties(files: Table, definitions: Table, parameters: Table, imports: Table) -> Table:
    """Hashes and roles of files, traits of definitions, kinds of parameters, and names of imports."""
