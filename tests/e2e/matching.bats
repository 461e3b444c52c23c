#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# Findings on real images against the shared advisories, compared with a second, simple matcher (oracle)
# that shares nothing with the program but the feed: dpkg itself compares the versions.

setup() {
	load helpers
	isolate
	[ -f "$CSCPLATE_SHARED/osv-export.tar.zst" ] || skip "no osv-export.tar.zst in CSCPLATE_SHARED"
	real_image osv-debian.db
	database=$image
}

agree() { # SUITE RELEASE
	real_image "$1.tar"
	mkdir -p dpkg
	tar -C dpkg -xf "$image" ./var/lib/dpkg
	real_image "$1.oci"
	scan "$image"
	query 'sorted({(f["subject"]["package"]["source_name"], v["id"], v.get("fixed_version", "-"))
		for f in findings if "vulnerability" in f for v in [f["vulnerability"]]})' >got
	"$source/tests/e2e/oracle" "$CSCPLATE_TEST_CACHE/osv" "Debian:$2" dpkg/var/lib/dpkg got
}

@test "bullseye: the same vulnerabilities and fixes as the oracle, on more than 20 source packages" {
	agree bullseye 11
}

@test "bookworm: the same vulnerabilities and fixes as the oracle" {
	agree bookworm 12
}
