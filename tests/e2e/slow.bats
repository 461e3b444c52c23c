#!/usr/bin/env bats
# shellcheck disable=SC2154 # helpers sets variables
# What takes minutes: run by `make slow`, not by CI.

setup() {
	load helpers
	isolate
}

@test "version order: 100,000 random and mutated pairs as dpkg has them" {
	command -v dpkg >/dev/null || skip "no dpkg"
	"$source/tests/e2e/vercmp-native" dpkg 100000
}

@test "version order: 100,000 random and mutated pairs as rpm has them" {
	command -v rpm >/dev/null || skip "no rpm"
	"$source/tests/e2e/vercmp-native" rpm 100000
}
