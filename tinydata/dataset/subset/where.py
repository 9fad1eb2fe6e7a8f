"""Where: the records that fit an SQL expression over the columns, found by duckdb, which sees no file and no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tinydata.dataset.loader import to_array
from tinydata.dataset.records import ALL, Records, Stretch
from tinydata.errors import BadWhere
from tinydata.extras import need

_LOCKS = ("enable_external_access=false", "python_enable_replacements=false", "lock_configuration=true")
_PLAIN = "select 1 from bounds where (true)"
_TURNED = {
    "COMPARE_EQUAL": "COMPARE_EQUAL",
    "COMPARE_LESSTHAN": "COMPARE_GREATERTHAN",
    "COMPARE_LESSTHANOREQUALTO": "COMPARE_GREATERTHANOREQUALTO",
    "COMPARE_GREATERTHAN": "COMPARE_LESSTHAN",
    "COMPARE_GREATERTHANOREQUALTO": "COMPARE_LESSTHANOREQUALTO",
}

Tree = dict[str, Any]


def find_rows(records: Records, expression: str, most: int | None = None) -> list[int]:
    """The ids of the records that fit, ascending.

    Stretches of records whose bounds tell that none fits are not read, and of the others only the columns that are asked for.

    Args:
        records: The source.
        expression: SQL, as in ``lang = 'en' and length(text) > 100``.
        most: How many ids are enough.

    Raises:
        BadWhere: It is no expression, or not one of these columns, or gives something else each time.
        MissingExtra: duckdb is not installed.
    """
    query = Query(expression, list(records.features))
    found: list[int] = []
    for stretch in records.stretches() if records.stretches else [Stretch(ALL, {})]:
        if not query.may_fit(stretch.bounds):
            continue
        start = stretch.ids.start
        for table in records.tables(stretch.ids, query.columns):
            found += (query.fitting(table) + start).tolist()
            start += table.num_rows
            if most is not None and len(found) >= most:
                return found[:most]
    return found


class Query:
    """An expression over columns.

    Args:
        expression: See `find_rows`.
        columns: Those that there are.

    Attributes:
        columns: Those that it speaks of; the first, where of none.
    """

    def __init__(self, expression: str, columns: Sequence[str]) -> None:
        self._duckdb = need("duckdb", extra="where")
        self._connection = self._duckdb.connect(":memory:")
        self._expression = expression
        for lock in _LOCKS:
            self._connection.execute(f"set {lock}")
        where = self._parsed()
        self._refuse_chance(where)
        words = {word for node in _nodes(where, "COLUMN_REF") for word in node["column_names"]}
        if any(_nodes(where, "SUBQUERY")):  # records come some at a time
            raise BadWhere(self._expression, "a query inside it; it can ask of one record at a time")
        wanted = [name for name in columns if name.casefold() in {word.casefold() for word in words}]
        self.columns = list(columns) if any(_nodes(where, "STAR")) else wanted or list(columns[:1])
        self._parts = [
            (column, is_text, self._sql(tree)) for column, is_text, tree in map(_bounded, _conjuncts(where)) if tree
        ]

    def fitting(self, table: pa.Table) -> np.ndarray:
        """The numbers of the rows of a table that fit."""
        number = "row"
        while number.casefold() in {name.casefold() for name in table.column_names}:
            number += "_"
        numbers = pa.Array.from_buffers(pa.int64(), table.num_rows, [None, pa.py_buffer(np.arange(table.num_rows))])
        self._connection.register("records", table.append_column(number, numbers))
        found = self._run(f'select "{number}" from records where ({self._expression}\n)')  # noqa: S608 - held to be an expression
        return np.sort(np.array([row for (row,) in found], np.int64))

    def may_fit(self, bounds: Mapping[str, tuple[Any, Any]]) -> bool:
        """Whether any record may fit whose values lie within bounds."""
        for column, is_text, sql in self._parts:
            known = next((pair for name, pair in bounds.items() if name.casefold() == column.casefold()), None)
            if known is None or (isinstance(known[0], str) and not is_text):
                continue  # a text that is held against a number is read as one, and those lie in another order
            sort = pa.string() if isinstance(known[0], str) else pa.int64() if known[1] < 2**63 else pa.uint64()
            if not isinstance(known[0], str) and known[0] < 0 and known[1] >= 2**63:
                continue
            both = [to_array([value], sort) for value in known]
            self._connection.register("bounds", pa.table(both, names=["least", "greatest"]))
            if not self._run(sql):
                return False
        return True

    def _parsed(self) -> Tree:
        """The tree of the expression, which has to be all that stands in its brackets."""
        if not self._expression.strip():
            raise BadWhere(self._expression, "it is empty")
        said = self._tree(f"select 1 from records where ({self._expression}\n)")  # noqa: S608 - parsed, not run
        plain = self._tree("select 1 from records where (true)")
        where = said.pop("where_clause", None)
        plain.pop("where_clause")
        if where is None or _unplaced(said) != _unplaced(plain):
            raise BadWhere(self._expression, "more than an expression")
        return dict(where)

    def _sql(self, where: Tree) -> str:
        """A question to the bounds, spelled out."""
        tree = self._tree(_PLAIN) | {"where_clause": where}
        told = json.dumps({"error": False, "statements": [{"node": tree}]})
        return str(self._run("select json_deserialize_sql(?::json)", told)[0][0])

    def _tree(self, sql: str) -> Tree:
        told = json.loads(self._run("select json_serialize_sql(?::varchar)", sql)[0][0])
        if told["error"]:
            raise BadWhere(self._expression, told["error_message"].splitlines()[0])
        if len(told["statements"]) != 1:
            raise BadWhere(self._expression, "more than an expression")
        return dict(told["statements"][0]["node"])

    def _refuse_chance(self, where: Tree) -> None:
        names = {str(node["function_name"]) for node in _nodes(where, "FUNCTION")}
        chancy = self._run("select function_name from duckdb_functions() where stability = 'VOLATILE'")
        for name in sorted(names & {name for (name,) in chancy}):
            raise BadWhere(self._expression, f"{name}() gives something else each time")

    def _run(self, sql: str, *given: str) -> list[Any]:
        try:
            return list(self._connection.execute(sql, list(given)).fetchall())  # all, or the next one is refused
        except self._duckdb.Error as error:
            problem = str(error).split("\nLINE ")[0].split(": ", 1)[-1]
            raise BadWhere(self._expression, " ".join(problem.split())) from error


def _nodes(tree: Any, sort: str) -> Iterator[Tree]:
    if isinstance(tree, dict):
        if tree.get("class") == sort:
            yield tree
        for inner in tree.values():
            yield from _nodes(inner, sort)
    elif isinstance(tree, list):
        for inner in tree:
            yield from _nodes(inner, sort)


def _conjuncts(where: Tree) -> Iterator[Tree]:
    """What has to be true, each."""
    if where["type"] == "CONJUNCTION_AND":
        for inner in where["children"]:
            yield from _conjuncts(inner)
    else:
        yield where


def _bounded(tree: Tree) -> tuple[str, bool, Tree | None]:
    """A comparison of a column with a constant as a question to the column's bounds: its name, whether the constant is a text, and
    the question; None where it is no such comparison.
    """
    if tree["class"] == "BETWEEN":
        column, *constants = tree["input"], tree["lower"], tree["upper"]
        asked = [_compared("greatest", "COMPARE_GREATERTHANOREQUALTO", constants[0])]
        asked += [_compared("least", "COMPARE_LESSTHANOREQUALTO", constants[1])]
    elif tree["class"] == "COMPARISON" and tree["type"] in _TURNED:
        column, constant, sort = tree["left"], tree["right"], tree["type"]
        if column["class"] == "CONSTANT":
            column, constant, sort = constant, column, _TURNED[sort]
        constants = [constant]
        asked = [_compared("least", sort, constant)] if "LESS" in sort else []
        asked += [_compared("greatest", sort, constant)] if "GREATER" in sort else []
        if not asked:
            asked = [_compared("least", "COMPARE_LESSTHANOREQUALTO", constant)]
            asked += [_compared("greatest", "COMPARE_GREATERTHANOREQUALTO", constant)]
    else:
        return "", False, None
    if column["class"] != "COLUMN_REF" or len(column["column_names"]) != 1:
        return "", False, None
    if any(constant["class"] != "CONSTANT" for constant in constants):
        return "", False, None
    is_text = all(_is_text(constant) for constant in constants)
    both = {"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "children": asked}
    return column["column_names"][0], is_text, both if len(asked) > 1 else asked[0]


def _compared(bound: str, sort: str, constant: Tree) -> Tree:
    column = {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "column_names": [bound]}
    return {"class": "COMPARISON", "type": sort, "alias": "", "left": column, "right": constant}


def _is_text(constant: Tree) -> bool:
    """Whether it is one; the key is that of duckdb 2, else that of 1."""
    if "literal" in constant:
        return bool(constant["literal"]["kind"] == "STRING")
    return bool(constant["value"]["type"]["id"] == "VARCHAR")


def _unplaced(tree: Any) -> Any:
    """A tree without the places of its words."""
    if isinstance(tree, dict):
        return {key: _unplaced(inner) for key, inner in tree.items() if not key.startswith("query_location")}
    return [_unplaced(inner) for inner in tree] if isinstance(tree, list) else tree
