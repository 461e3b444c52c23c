#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# Where bytes come from and how layers are merged: small images by hand (generate).

setup() {
	load helpers
	isolate
	small_database
}

# What is installed in an odd image, one line.
installed() {
	odd_image "$1"
	scan "$image"
	query '" ".join(sorted(package))'
}

@test "a good image: packages, findings with evidence, exit 1" {
	odd_image good
	scan "$image"
	exit_code 1
	same "$(query 'packages')" "$(printf 'bash 5.2-2 amd64\nlibssl3 3.0.1-1 amd64\nopenssl 3.0.1-1 amd64')"
	same "$(query 'vulns')" "$(printf 'openssl CVE-2025-1000\nopenssl CVE-2025-1001')"
	same "$(query 'sorted({e["comparison"] for f in findings if "vulnerability" in f for e in
		f["vulnerability"]["evidence"] if e.get("bound")})')" "3.0.1-1 < 3.0.2-1, dpkg order"
	same "$(query 'r["exit_code"]')" 1
	[ -z "$stderr" ]
}

@test "a clean image is exit 0, and only what has no fix is, too, unless --fail-on-unfixed" {
	odd_image clean
	scan "$image"
	exit_code 0
	odd_image updated
	scan "$image"
	exit_code 0
	scan --fail-on-unfixed "$image"
	exit_code 1
}

@test "--fail-on sets the gate" {
	odd_image good
	scan --fail-on critical "$image"
	exit_code 0
	scan --fail-on high "$image"
	exit_code 1
}

@test "whiteouts hide files of lower layers" {
	same "$(installed whiteouts)" "two"
}

@test "an opaque directory hides all of lower layers, wherever its mark stands" {
	same "$(installed opaque)" "bash"
	same "$(installed opaque_late)" "bash"
}

@test "a directory whiteout, and a file in the place of a directory" {
	same "$(installed directory_whiteout)" ""
	same "$(installed file_over_directory)" ""
}

@test "hard links, to the same layer and to a lower one" {
	same "$(installed hardlink)" "bash libssl3 openssl"
	same "$(installed hardlink_lower)" "bash libssl3 openssl"
}

@test "symbolic links above a database are resolved inside the image" {
	same "$(installed symlinked_directory)" "bash libssl3 openssl"
	same "$(installed symlinked_upper)" "bash libssl3 openssl"
	same "$(installed link_outside)" "bash libssl3 openssl"
}

@test "usr-merge: a database is found once by its two names" {
	odd_image usr_merge
	scan "$image"
	same "$(query 'packages')" "musl 1.2.4-r2 x86_64"
}

@test "of duplicate entries the last counts" {
	same "$(installed duplicates)" "bash"
}

@test "packages and findings name the layer that brought them" {
	odd_image updated
	scan "$image"
	same "$(query '[package[name]["layer"] for name in ("bash", "openssl")]')" "$(printf '0\n1')"
	same "$(query 'r["image"]["layers"][1]["created_by"]')" "RUN apt-get upgrade"
	same "$(query '{f["where"]["layer"] for f in findings if "vulnerability" in f}')" 1
}

@test "--platform chooses from an index" {
	odd_image platforms
	for platform in linux/amd64 linux/arm64 linux/arm64/v8 linux/arm/v7; do
		scan --platform $platform "$image"
		arch=${platform#linux/}
		same "$(query '" ".join(package)')" "only-${arch%%/*}"
	done
}

@test "a platform that is not there: exit 2, with a list of what is" {
	odd_image platforms
	scan --platform linux/s390x "$image"
	exit_code 2
	complains 'linux/amd64'
	complains 'linux/arm64/v8'
	complains 'linux/arm/v7'
}

@test "a platform that is none: exit 2" {
	odd_image good
	scan --platform nonsense "$image"
	exit_code 2
	complains "nonsense"
}

@test "one of two tags is chosen by name; without a name both are listed" {
	odd_image tags
	scan "oci:$image:two"
	same "$(query '" ".join(package)')" "two"
	scan "$image"
	exit_code 2
	complains 'one'
	complains 'two'
	scan "oci:$image:three"
	exit_code 2
	complains 'three'
}

@test "a docker archive, plain and compressed as a whole, and a root directory" {
	odd_image archives
	for file in good gzip; do
		scan "$image/$file"
		same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
		same "$(query 'r["image"]["kind"]')" "docker-archive"
		scan "docker-archive:$image/$file"
		same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
	done
	odd_image directory
	scan "$image"
	same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
	same "$(query 'r["image"]["kind"]')" "directory"
	scan "dir:$image"
	exit_code 1
}

@test "same input, same bytes; cached or not" {
	odd_image updated
	scan "$image"
	mv out.json first.json
	scan "$image"
	cmp first.json out.json
	scan --no-cache "$image"
	cmp first.json out.json
	scan --verify "$image"
	cmp first.json out.json
}

@test "nothing is written outside the cache, and nothing with --no-cache" {
	odd_image good
	touch "$BATS_TEST_TMPDIR/before"
	scan --no-cache "$image"
	[ ! -e "$XDG_CACHE_HOME" ]
	scan "$image"
	found=$(find "$BATS_TEST_TMPDIR" "$HOME" -newer "$BATS_TEST_TMPDIR/before" -type f \
		! -path "$XDG_CACHE_HOME/cscplate/*" ! -name out.json ! -name '*stderr*' ! -name 'bats*')
	same "$found" ""
}

@test "damaged cache files are thrown away and made anew" {
	odd_image good
	scan "$image"
	mv out.json first.json
	for damage in short empty noise; do
		find "$XDG_CACHE_HOME" -type f | while read -r file; do
			case $damage in
			short) truncate -s 10 "$file" ;;
			empty) : >"$file" ;;
			noise) head -c 64 /dev/urandom | dd of="$file" bs=1 seek=20 conv=notrunc status=none ;;
			esac
		done
		scan "$image"
		cmp first.json out.json
	done
}

@test "many processes at once share one cache" {
	odd_image updated
	for i in 1 2 3 4 5 6 7 8; do
		"$CSCPLATE_BINARY" image --db "$database" --max-db-age 0 --format json --output "$i.json" \
			--no-progress "$image" &
	done
	wait
	for i in 2 3 4 5 6 7 8; do
		cmp 1.json "$i.json"
	done
	same "$(find "$XDG_CACHE_HOME/cscplate/layers" -type f ! -name '*.owned' | wc -l)" 2
}

@test "no database: the inventory all the same, the command that makes one, exit 3" {
	odd_image good
	run --separate-stderr "$CSCPLATE_BINARY" image --no-progress --format json --output out.json "$image"
	exit_code 3
	same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
	query '[f["remedy"] for f in findings if f["check"] == "DB-MISSING"]' | grep -q "cscplate db build"
}

@test "a stale database: exit 3, or what it says when nothing else is to say" {
	odd_image clean
	run --separate-stderr "$CSCPLATE_BINARY" image --db "$database" --max-db-age 1d --no-progress \
		--format json --output out.json "$image"
	exit_code 3
	unknown_finding DB-STALE
}

@test "a policy: waivers hide with a reason, and no longer once expired" {
	odd_image good
	cat >policy.yaml <<-END
		version: 1
		waivers:
		  - {id: CVE-2025-1000, reason: not reachable, expires: 2026-06-30}
	END
	scan --policy policy.yaml "$image"
	exit_code 0
	sed -i s/2026-06-30/2025-06-30/ policy.yaml
	scan --policy policy.yaml "$image"
	exit_code 1
	same "$(query '{f["vulnerability"]["id"] for f in findings if f["expired_waiver"]}')" CVE-2025-1000
}

@test "a policy with an error names the line" {
	odd_image good
	printf 'version: 1\nwaivers:\n  - id: CVE-2025-1000\n    expires: 2026-02-31\n' >policy.yaml
	scan --policy policy.yaml "$image"
	exit_code 2
	complains "policy.yaml.*line [34]"
}

@test "table and SARIF say the same" {
	odd_image good
	run --separate-stderr "$CSCPLATE_BINARY" image --db "$database" --max-db-age 0 --no-progress "$image"
	exit_code 1
	[[ $output == *CVE-2025-1000* && $output == *3.0.2-1* && $output != *$'\033'* ]]
	run --separate-stderr "$CSCPLATE_BINARY" image --db "$database" --max-db-age 0 --format sarif "$image"
	exit_code 1
	echo "$output" | python3 -c 'import json, sys
log = json.load(sys.stdin)
assert log["version"] == "2.1.0"
assert any("CVE-2025-1000" in json.dumps(result) for result in log["runs"][0]["results"])'
}
