#!/usr/bin/env bats
# What reporters write is valid: JSON by our schema, SARIF by the rules of the standard.

setup() {
	cd "${CSCPLATE_SOURCE:-$BATS_TEST_DIRNAME/../..}" || return
	data=tests/data/report
}

# No field may be undocumented.
validate() {
	tests/cli/check-result.py "$@"
}

need_jsonschema() {
	python3 -c 'import jsonschema' 2>/dev/null || skip "no python3-jsonschema"
}

@test "the JSON of every made-up result fits the schema" {
	need_jsonschema
	validate "$data"/*.json
}

@test "the schema refuses what does not fit" {
	need_jsonschema
	sed 's/"outcome": "fail"/"outcome": "maybe"/' "$data/findings.json" >"$BATS_TEST_TMPDIR/outcome.json"
	run validate "$BATS_TEST_TMPDIR/outcome.json"
	[ "$status" -eq 1 ]
	[[ "$output" == *"'maybe' is not one of"* ]]
	sed 's/"exit_code"/"exit-code"/' "$data/clean.json" >"$BATS_TEST_TMPDIR/missing.json"
	run validate "$BATS_TEST_TMPDIR/missing.json"
	[ "$status" -eq 1 ]
	[[ "$output" == *"'exit_code' is a required property"* ]]
	[[ "$output" == *"the schema does not describe .exit-code"* ]]
}

@test "the SARIF of every made-up result keeps the rules of the standard" {
	tests/cli/check-sarif.py "$data"/*.sarif
}

@test "the SARIF checker finds mistakes" {
	for change in 's/"version": "2.1.0"/"version": "2.0.0"/' \
		's/"ruleIndex": 1,/"ruleIndex": 999,/' \
		's/"level": "error"/"level": "fatal"/' \
		's/"startLine": 1/"startLine": 0/' \
		's/"uriBaseId": "IMAGE_ROOT"/"uriBaseId": "ELSEWHERE"/' \
		's/"executionSuccessful": true/"executionSuccessful": 0/' \
		's/"kind": "fail"/"sort": "fail"/' \
		's/"uri": "var/"uri": "v ar/'; do
		sed "$change" "$data/findings.sarif" >"$BATS_TEST_TMPDIR/bad.sarif"
		run tests/cli/check-sarif.py "$BATS_TEST_TMPDIR/bad.sarif"
		if [ "$status" -ne 1 ]; then
			echo "not found: $change"
			return 1
		fi
	done
}

@test "hostile text is valid UTF-8 in every format" {
	for file in "$data"/hostile.*; do
		iconv -f UTF-8 -t UTF-8 "$file" >/dev/null
	done
}
