#!/usr/bin/env python3
"""Checks SARIF files against the rules of the standard (SARIF 2.1.0, OASIS, March 2020) for the objects
that cscplate writes, and what code-scanning services ask for on top. The sections are named in the
messages. The standard's own schema is not copied here.

    tests/cli/check-sarif.py FILE…
"""

import json
import re
import sys

# What may stand in an object: the standard allows no other properties than its own. ! marks those that
# must be there. Only objects that cscplate writes are listed; another one is a mistake until it is.
OBJECTS = {
    "sarifLog": "!version !runs $schema properties",
    "run": "!tool invocations originalUriBaseIds results automationDetails columnKind properties",
    "tool": "!driver properties",
    "toolComponent": "!name fullName version semanticVersion informationUri rules notifications properties",
    "reportingDescriptor": "!id name shortDescription fullDescription help helpUri defaultConfiguration "
                           "properties",
    "multiformatMessageString": "!text markdown properties",
    "reportingConfiguration": "enabled level rank parameters properties",
    "invocation": "!executionSuccessful exitCode exitCodeDescription toolExecutionNotifications properties",
    "notification": "!message descriptor level locations properties",
    "reportingDescriptorReference": "id index properties",
    "result": "!message ruleId ruleIndex kind level locations partialFingerprints suppressions properties",
    "message": "text markdown properties",
    "location": "physicalLocation logicalLocations properties",
    "physicalLocation": "artifactLocation region properties",
    "artifactLocation": "uri uriBaseId index description properties",
    "region": "startLine startColumn endLine endColumn properties",
    "logicalLocation": "name fullyQualifiedName kind properties",
    "suppression": "!kind status justification properties",
}
LEVELS = ("none", "note", "warning", "error")  # 3.27.10
KINDS = ("pass", "open", "informational", "notApplicable", "review", "fail")  # 3.27.9
URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


class Checker:
    def __init__(self):
        self.problems = []

    def need(self, good, where, rule):
        if not good:
            self.problems.append(f"{where}: {rule}")
        return good

    def object(self, value, kind, where):
        """Is it an object with the properties that its kind must and may have?"""
        if not self.need(isinstance(value, dict), where, f"no {kind} object"):
            return {}
        names = OBJECTS[kind].split()
        for name in names:
            if name.startswith("!"):
                self.need(name[1:] in value, where, f"a {kind} must have '{name[1:]}'")
        for name in set(value) - {name.lstrip("!") for name in names}:
            self.need(False, where, f"a {kind} has no '{name}'")
        if "properties" in value:
            self.properties(value["properties"], f"{where}.properties")
        return value

    def array(self, value, where, unique=False):
        if not self.need(isinstance(value, list), where, "no array"):
            return []
        if unique:
            texts = [json.dumps(item, sort_keys=True) for item in value]
            self.need(len(texts) == len(set(texts)), where, "items are not unique")
        return list(enumerate(value))

    def string(self, value, where):
        return self.need(isinstance(value, str), where, "no string")

    def choice(self, value, choices, where):
        self.need(value in choices, where, f"'{value}' is none of {', '.join(choices)}")

    def uri(self, value, where):
        if self.string(value, where):
            self.need(value and URI.fullmatch(value), where, f"'{value}' is no URI reference (RFC 3986)")

    def integer(self, value, least, where):
        good = isinstance(value, int) and not isinstance(value, bool) and value >= least
        self.need(good, where, f"{value!r} is no integer from {least} on")
        return good

    def properties(self, value, where):
        if self.need(isinstance(value, dict), where, "no property bag (3.8)") and "tags" in value:
            for i, tag in self.array(value["tags"], f"{where}.tags", unique=True):
                self.string(tag, f"{where}.tags[{i}]")

    def text(self, value, where, kind="message"):
        value = self.object(value, kind, where)
        self.need(isinstance(value.get("text"), str) and value["text"], where, "no text (3.11, 3.12)")

    def descriptor(self, rule, where):
        rule = self.object(rule, "reportingDescriptor", where)
        self.need(isinstance(rule.get("id"), str) and rule["id"], where, "no id (3.49.3)")
        for name in ("shortDescription", "fullDescription", "help"):
            if name in rule:
                self.text(rule[name], f"{where}.{name}", "multiformatMessageString")
        for name in ("shortDescription", "fullDescription", "help"):
            self.need(name in rule, where, f"code scanning wants '{name}'")
        self.need(len(rule.get("shortDescription", {}).get("text", "")) <= 1024, where,
                  "code scanning takes 1024 characters of shortDescription")
        if "helpUri" in rule:
            self.uri(rule["helpUri"], f"{where}.helpUri")
        if "name" in rule:
            self.need(re.fullmatch(r"\w+", rule["name"]), where, "the name is not one word (3.49.7)")
        if "defaultConfiguration" in rule:
            config = self.object(rule["defaultConfiguration"], "reportingConfiguration", where)
            self.choice(config.get("level", "warning"), LEVELS, f"{where}.defaultConfiguration.level")
        severity = rule.get("properties", {}).get("security-severity")
        if severity is not None:
            good = isinstance(severity, str) and re.fullmatch(r"\d+\.\d+", severity)
            self.need(good and 0 <= float(severity) <= 10, where, "security-severity is not 0.0 to 10.0")

    def descriptors(self, items, where):
        seen = set()
        for i, rule in self.array(items, where, unique=True):
            self.descriptor(rule, f"{where}[{i}]")
            self.need(rule.get("id") not in seen, f"{where}[{i}]", f"id '{rule.get('id')}' occurs twice")
            seen.add(rule.get("id"))
        return items if isinstance(items, list) else []

    def location(self, location, run, where):
        location = self.object(location, "location", where)
        physical = location.get("physicalLocation")
        if self.need(physical is not None, where, "code scanning wants a physicalLocation"):
            physical = self.object(physical, "physicalLocation", f"{where}.physicalLocation")
            self.artifact(physical.get("artifactLocation", {}), run, f"{where}.physicalLocation")
            self.region(physical.get("region", {}), f"{where}.physicalLocation.region")
        logical = self.array(location.get("logicalLocations", []), f"{where}.logicalLocations", unique=True)
        for i, item in logical:
            item = self.object(item, "logicalLocation", f"{where}.logicalLocations[{i}]")
            for name in item:
                self.string(item[name], f"{where}.logicalLocations[{i}].{name}")

    def artifact(self, artifact, run, where):
        artifact = self.object(artifact, "artifactLocation", f"{where}.artifactLocation")
        if not self.need("uri" in artifact, where, "no uri (3.4.2)"):
            return
        self.uri(artifact["uri"], f"{where}.uri")
        absolute = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", artifact["uri"])
        if "uriBaseId" in artifact:
            self.need(not absolute and not artifact["uri"].startswith("/"), where,
                      "with uriBaseId the uri must be relative (3.4.4)")
            self.need(artifact["uriBaseId"] in run.get("originalUriBaseIds", {}), where,
                      "uriBaseId is not among originalUriBaseIds (3.14.14)")
        else:
            self.need(absolute or not artifact["uri"].startswith("/"), where, "an absolute path needs file:")

    def region(self, region, where):
        region = self.object(region, "region", where)
        self.need("startLine" in region, where, "code scanning wants startLine")
        for name in ("startLine", "startColumn", "endLine", "endColumn"):
            if name in region:
                self.integer(region[name], 1, f"{where}.{name}")

    def locations(self, value, run, where):
        for i, location in self.array(value, f"{where}.locations"):
            self.location(location, run, f"{where}.locations[{i}]")

    def result(self, result, run, rules, where):
        result = self.object(result, "result", where)
        self.text(result.get("message"), f"{where}.message")
        self.choice(result.get("kind", "fail"), KINDS, f"{where}.kind")
        self.choice(result.get("level", "warning"), LEVELS, f"{where}.level")
        if result.get("kind", "fail") != "fail":
            self.need(result.get("level", "none") == "none", where, "only 'fail' has a level (3.27.10)")
        index = result.get("ruleIndex")
        if self.need(isinstance(index, int) and 0 <= index < len(rules), where, "ruleIndex (3.27.6)"):
            self.need(rules[index].get("id") == result.get("ruleId"), where,
                      f"ruleIndex {index} is not the rule '{result.get('ruleId')}' (3.27.5)")
        self.need(len(result.get("locations", [])) > 0, where, "code scanning wants a location")
        self.locations(result.get("locations", []), run, where)
        prints = result.get("partialFingerprints", {})
        self.need(isinstance(prints, dict) and prints, where, "no partialFingerprints (3.27.17)")
        for name, value in prints.items():
            self.string(value, f"{where}.partialFingerprints.{name}")
        for i, item in self.array(result.get("suppressions", []), f"{where}.suppressions", unique=True):
            item = self.object(item, "suppression", f"{where}.suppressions[{i}]")
            self.choice(item.get("kind"), ("inSource", "external"), f"{where}.suppressions[{i}].kind")
            self.choice(item.get("status", "accepted"), ("accepted", "underReview", "rejected"),
                        f"{where}.suppressions[{i}].status")

    def notification(self, notification, run, descriptors, where):
        notification = self.object(notification, "notification", where)
        self.text(notification.get("message"), f"{where}.message")
        self.choice(notification.get("level", "warning"), LEVELS, f"{where}.level")
        self.locations(notification.get("locations", []), run, where)
        reference = self.object(notification.get("descriptor", {}), "reportingDescriptorReference",
                                f"{where}.descriptor")
        index = reference.get("index")
        if self.need(isinstance(index, int) and 0 <= index < len(descriptors), where, "index (3.52.5)"):
            self.need(descriptors[index].get("id") == reference.get("id"), where,
                      f"index {index} is not '{reference.get('id')}' (3.52.4)")

    def run(self, run, where):
        run = self.object(run, "run", where)
        driver = self.object(run.get("tool"), "tool", f"{where}.tool").get("driver")
        driver = self.object(driver, "toolComponent", f"{where}.tool.driver")
        self.need(SEMVER.fullmatch(driver.get("semanticVersion", "")), where, "semanticVersion (3.19.12)")
        rules = self.descriptors(driver.get("rules", []), f"{where}.tool.driver.rules")
        notices = self.descriptors(driver.get("notifications", []), f"{where}.tool.driver.notifications")
        for name, base in run.get("originalUriBaseIds", {}).items():
            base = self.object(base, "artifactLocation", f"{where}.originalUriBaseIds.{name}")
            self.need(base.get("uri", "/").endswith("/"), where, "a base must end with '/' (3.14.14)")
            if "description" in base:
                self.text(base["description"], f"{where}.originalUriBaseIds.{name}.description")
        for i, invocation in self.array(run.get("invocations", []), f"{where}.invocations"):
            place = f"{where}.invocations[{i}]"
            invocation = self.object(invocation, "invocation", place)
            self.need(isinstance(invocation.get("executionSuccessful"), bool), place, "3.20.14")
            self.integer(invocation.get("exitCode", 0), 0, f"{place}.exitCode")
            told = invocation.get("toolExecutionNotifications", [])
            for k, item in self.array(told, f"{place}.toolExecutionNotifications"):
                self.notification(item, run, notices, f"{place}.toolExecutionNotifications[{k}]")
        seen = set()
        for i, result in self.array(run.get("results"), f"{where}.results"):
            self.result(result, run, rules, f"{where}.results[{i}]")
            prints = json.dumps(result.get("partialFingerprints"), sort_keys=True)
            self.need(prints not in seen, f"{where}.results[{i}]", "the fingerprint is another result's, too")
            seen.add(prints)
        used = {result.get("ruleId") for result in run.get("results") or []}
        for rule in rules:
            self.need(rule.get("id") in used, where, f"no result has the rule '{rule.get('id')}'")

    def log(self, log):
        log = self.object(log, "sarifLog", "log")
        self.need(log.get("version") == "2.1.0", "log", "version is not 2.1.0 (3.13.2)")
        self.uri(log.get("$schema", ""), "log.$schema")
        for i, run in self.array(log.get("runs"), "log.runs"):
            self.run(run, f"runs[{i}]")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bad = False
    for path in sys.argv[1:]:
        checker = Checker()
        try:
            with open(path, encoding="utf-8") as file:
                checker.log(json.load(file))
        except ValueError as error:  # not UTF-8, not JSON
            checker.problems.append(str(error))
        for problem in checker.problems:
            print(f"{path}: {problem}")
        bad |= bool(checker.problems)
    sys.exit(1 if bad else 0)


main()
