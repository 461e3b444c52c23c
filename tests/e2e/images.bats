#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# Real Debian systems, as every kind of image, against what the native tools say of them.

setup() {
	load helpers
	isolate
	small_database
}

# What dpkg says is installed in a rootfs tar.
dpkg_says() {
	mkdir -p dpkg
	tar -C dpkg -xf "$1" ./var/lib/dpkg
	dpkg-query --admindir=dpkg/var/lib/dpkg -W -f '${Package} ${Version} ${Architecture}\n' | LC_ALL=C sort
}

@test "bookworm and bullseye, OCI layout of one gzip layer: packages as dpkg names them" {
	for suite in bookworm bullseye; do
		real_image $suite.tar
		dpkg_says "$image" >expected
		real_image $suite.oci
		scan "$image"
		query packages | diff expected -
		same "$(query 'r["distro"]["codename"]')" $suite
		same "$(query 'r["image"]["kind"]')" oci-layout
	done
}

@test "the same image as docker archive, OCI archive, zstd, plain tar and directory gives the same" {
	real_image bullseye.oci
	scan "$image"
	query 'packages + vulns' >expected
	[ "$(wc -l <expected)" -gt 100 ]
	for kind in docker-archive oci-archive zstd.oci plain.oci dir; do
		real_image bullseye.$kind
		scan "$image"
		query 'packages + vulns' | diff expected - || {
			echo "$kind differs; exit code $status; $stderr"
			return 1
		}
	done
}

@test "kinds are told from bytes, and prefixes agree" {
	real_image bullseye.docker-archive
	scan "$image"
	same "$(query 'r["image"]["kind"]')" docker-archive
	scan "docker-archive:$image"
	same "$(query 'r["image"]["kind"]')" docker-archive
	real_image bullseye.oci-archive
	scan "$image"
	same "$(query 'r["image"]["kind"]')" oci-archive
	scan "oci-archive:$image"
	same "$(query 'r["image"]["kind"]')" oci-archive
	real_image bullseye.dir
	scan "$image"
	same "$(query 'r["image"]["kind"]')" directory
	scan "oci:$image"
	exit_code 2
}

@test "three layers by umoci: an upgrade, then a removal with whiteouts, each as dpkg has it" {
	real_image layers.oci
	for pair in base:bullseye upgraded:bullseye-upgraded purged:bullseye-purged; do
		rm -rf dpkg
		dpkg_says "$CSCPLATE_TEST_CACHE/${pair#*:}.tar" >expected
		scan "oci:$image:${pair%:*}"
		query packages | diff expected -
	done
	same "$(query '"nginx-common" in package')" False
}

@test "packages carry the layer that brought their version, and its history" {
	real_image layers.oci
	scan "oci:$image:upgraded"
	same "$(query '[r["image"]["layers"][package[p]["layer"]]["created_by"] for p in ("curl", "openssl")]')" \
		"$(printf 'ADD bullseye\nRUN apt-get upgrade openssl')"
}

@test "owned files are dpkg's own list" {
	real_image bullseye.dir
	dpkg-query --admindir="$image/var/lib/dpkg" -L openssl | grep -v '^/\.$' | LC_ALL=C sort >expected
	scan --list-files "$image"
	query '[f["path"] for f in package["openssl"]["files"]]' | LC_ALL=C sort >got
	# dpkg lists directories, too: none of ours may be unknown to it, and no regular file may lack.
	same "$(comm -13 expected got)" ""
	comm -23 expected got | while read -r path; do
		[ -d "$image$path" ] || {
			echo "not listed: $path"
			return 1
		}
	done
}

@test "a second scan reads no layer; one that is missing is told all the same" {
	real_image bullseye.oci
	cp -r "$image" copy
	scan copy
	mv out.json first.json
	find copy/blobs -size +1M -exec truncate -s 1M {} +
	scan copy
	cmp first.json out.json
	find copy/blobs -size +900k -delete
	run "$CSCPLATE_BINARY" image --inventory copy
	exit_code 3
	[[ $output == *"not in the image"* ]]
}
