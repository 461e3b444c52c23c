#!/usr/bin/env python3
"""Checks results in JSON against docs/schema/result.schema.json. No field may be undocumented.

    tests/cli/check-result.py FILE…
"""

import json
import pathlib
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/schema/result.schema.json").read_text(encoding="utf-8"))


def undocumented(value, rules, where):
    if "$ref" in rules:
        rules = SCHEMA["$defs"][rules["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        for name, item in value.items():
            if name in rules.get("properties", {}):
                yield from undocumented(item, rules["properties"][name], f"{where}.{name}")
            else:
                yield f"{where}.{name}"
    elif isinstance(value, list):
        for item in value:
            yield from undocumented(item, rules.get("items", {}), where)


def main():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    bad = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        for error in validator.iter_errors(result):
            print(f"{path}: {error.json_path}: {error.message}")
            bad = 1
        for name in sorted(set(undocumented(result, SCHEMA, ""))):
            print(f"{path}: the schema does not describe {name}")
            bad = 1
    return bad


sys.exit(main())
