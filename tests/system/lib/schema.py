# SPDX-License-Identifier: GPL-2.0-only
"""schema.py DIRECTORY PAGE: check the JSON Schemas NAME.schema in DIRECTORY, against what was printed in NAME.*.json and
NAME.*.jsonl there, and against the manual page PAGE, synscope-json(7). Prints what is wrong, and exits with 1 then."""
import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator

# Never printed here, and why.
UNSEEN = {
    # A foreign tcx program that runs first is needed: tests/system/test_ahead.sh.
    f"interfaces[].{direction}_behind.{member}"
    for direction in ("egress", "ingress")
    for member in ("id", "name", "blind")
}
SECTIONS = {  # of the page, for the members of a record
    "flow_shown": ["FLOW"],
    "event": ["EVENT"],
    "export_record": ["FLOW", "EXPORT"],
    "instance_status": ["STATUS"],
    "instance_stats": ["STATS"],
    "instance_flush": ["FLUSH"],
}
# Described by the page in the text of another entry.
WITHIN = re.compile(r"(delta|interfaces\[\]\.(egress|ingress)_behind)\..*|flow\..*")
wrong = []


def complain(text):
    wrong.append(text)


class Schema:
    def __init__(self, path):
        self.name = path.stem
        self.whole = json.loads(path.read_text())
        Draft202012Validator.check_schema(self.whole)
        self.validator = Draft202012Validator(self.whole)
        self.record = self.whole.get("items", {"$ref": self.whole.get("$ref")})
        self.seen = set()

    def resolved(self, part):
        """The part with what it refers to, and with the members of all its parts."""
        merged = dict(part)
        for other in [part] * ("$ref" in part) + part.get("allOf", []):
            if "$ref" not in other:
                continue
            other = self.resolved(self.whole["$defs"][other["$ref"].rpartition("/")[2]])
            members = {**other.get("properties", {}), **merged.get("properties", {})}
            merged = {**other, **merged, **({"properties": members} if members else {})}
        return merged

    def members(self, part, path=""):
        """All paths of the part, as the page writes them, with their schemas."""
        for name, member in self.resolved(part).get("properties", {}).items():
            member, here = self.resolved(member), f"{path}.{name}".lstrip(".")
            yield here, member
            yield from self.members(member, here)
            if "properties" in member.get("items", {}):
                yield from self.members(member["items"], here + "[]")

    def see(self, value, path=""):
        if isinstance(value, dict):
            for name, member in value.items():
                here = f"{path}.{name}".lstrip(".")
                self.seen.add(here)
                self.see(member, here)
        elif isinstance(value, list):
            for item in value:
                self.see(item, path + "[]")

    def take(self, file):
        """Is what was printed valid? Returns its records."""
        lines = file.suffix == ".jsonl"
        values = [json.loads(line) for line in file.read_text().splitlines()] if lines else [json.loads(file.read_text())]
        for value in values:
            for error in self.validator.iter_errors(value):
                complain(f"{file.name}: {error.json_path}: {error.message[:300]}")
        records = [record for value in values for record in (value if isinstance(value, list) else [value])]
        for record in records:
            self.see(record)
        return records

    def refuses(self, record):
        """Is the record invalid with a member that is not in the schema, in any object, or without one that is?"""
        single = Draft202012Validator({**self.record, "$defs": self.whole["$defs"]})
        optional = {"process", "local", "name", "side", "from", "to", "reason"}

        def objects(value):
            if isinstance(value, dict):
                yield value
            for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                yield from objects(member)

        for place in list(objects(record)):
            place["unknown"] = 1
            if single.is_valid(record):
                complain(f"{self.name}: an unknown member is valid beside {', '.join(place)}")
            del place["unknown"]
            for name in [name for name in place if name not in optional]:
                value = place.pop(name)
                if single.is_valid(record):
                    complain(f"{self.name}: valid without {name}")
                place[name] = value


# ---- the page


def entries(page, section):
    """{path: (types, text)} of the entries "*PATH*, *PATH* (TYPE or TYPE)" of a section."""
    found, head, text = {}, "", []
    body = re.search(rf"^# {section}\n(.*?)^# ", page, re.M | re.S).group(1)
    for line in [*body.splitlines(), ""]:
        if line.startswith("\t"):
            text.append(line.strip())
        elif not line:
            entry = re.fullmatch(r"(\*.*) \(([^)]*)\)", head)
            for path in entry.group(1).replace("*", "").split(",") if entry and text else ():
                found[path.strip()] = (set(entry.group(2).split(" or ")), plain(" ".join(text)))
            head, text = "", []
        else:
            head = f"{head} {line}".strip()
    return found


def plain(text):
    """Without the markup of scdoc."""
    text = re.sub(r"\\(.)", lambda quoted: "\0" if quoted[1] == "_" else quoted[1], text)
    text = re.sub(r"\*([^*]+)\*", r"\1", text)
    return re.sub(r"(?<!\w)_([A-Za-z/](?:\S*?[^\s_])?)_(?!\w)", r"\1", text).replace("\0", "_")


def types(member):
    """The types of a member in the words of the page."""
    kinds = member.get("type", "string")
    kinds = set(kinds if isinstance(kinds, list) else [kinds])
    if None in member.get("enum", []):
        kinds.add("null")
    items = member.get("items", {})
    array = "array" if "properties" in items else "array of integers" if items.get("type") else "array of text"
    return {{"string": "text", "array": array}.get(kind, kind) for kind in kinds}


def compare(schema, page):
    """The page and the schema have the same members, with the same types and texts."""
    written = {path: entry for section in SECTIONS[schema.name] for path, entry in entries(page, section).items()}
    if schema.name == "export_record":
        written = {path: entry for path, entry in written.items() if not re.match("ladder|age_ns|idle_ns", path)}
    described = {path: member for path, member in schema.members(schema.record) if not WITHIN.fullmatch(path)}
    containers = {path for path, member in described.items() if "properties" in member or "properties" in member.get("items", {})}
    for path in written.keys() ^ (described.keys() - (containers - written.keys())):
        complain(f"{schema.name}: {path} is {'only in the page' if path in written else 'not in the page'}")
    for path in written.keys() & described.keys():
        member, (kinds, text) = described[path], written[path]
        if types(member) != kinds:
            complain(f"{schema.name}: {path}: {types(member)} in the schema, {kinds} in the page")
        whole = schema.resolved(described.get(path.rpartition(".")[0], {})).get("description")
        if text not in (member.get("description"), whole):
            complain(f"{schema.name}: {path}: the page says: {text}")


def same_values(flat, record):
    """The flat record has the members of the other one, each with its type."""
    members = {path.replace(".", "_"): member for path, member in record.members(record.record) if "[]" not in path}
    for name, member in flat.resolved(flat.record)["properties"].items():
        other = members.pop(name, None)
        if other and name.startswith("rtt_"):  # what is within what may be null
            other = {**other, "type": [other["type"], "null"]}
        if not name.startswith("tunnel_") and (not other or types(other) != types(flat.resolved(member))):
            complain(f"{flat.name}: {name} is not a member of {record.name}, or of another type")
    on_request = re.compile(r"(client|server)_(name|local|process.*)")
    left = {name for name, member in members.items() if "properties" not in member and not on_request.fullmatch(name)}
    if left != {"tunnel"}:
        complain(f"{flat.name}: members of {record.name} are missing: {left - {'tunnel'}}")


def main():
    directory, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
    schemas = {path.stem: Schema(path) for path in sorted(directory.glob("*.schema"))}
    seen = set()
    for schema in schemas.values():
        files = [*directory.glob(f"{schema.name}.*.json"), *directory.glob(f"{schema.name}.*.jsonl")]
        records = [record for file in sorted(files) for record in schema.take(file)]
        if not records:
            complain(f"{schema.name}: nothing was printed")
        for record in records[:1]:
            schema.refuses(record)
        seen |= schema.seen
        print(f"{schema.name}: {len(records)} records")
    for schema in schemas.values():
        for path, _ in schema.members(schema.record):
            if path not in seen | UNSEEN and not path.startswith("flow."):
                complain(f"{schema.name}: {path} was never printed")
    for path in UNSEEN & seen:
        complain(f"{path} was printed, and need not be excepted")
    for name in SECTIONS:
        compare(schemas[name], page)
    same_values(schemas["export_record_flat"], schemas["export_record"])
    print("\n".join(wrong))
    sys.exit(bool(wrong))


main()
