#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# What must not work, and how it must not: each with its exit code and message. Exit 2: the image is not
# what it claims to be, or cannot be opened. Exit 3: something in it could not be assessed, the rest was.

setup() {
	load helpers
	isolate
	small_database
}

# Scans an odd image; it must end with exit code $2 and complain of $3.
refused() {
	odd_image "$1"
	scan "$image"
	exit_code "$2"
	complains "$3"
}
# Scans an odd image; it must end with exit code 3 and an unknown finding of $2 that matches $3.
incomplete() {
	odd_image "$1"
	scan "$image"
	exit_code 3
	unknown_finding "$2" "$3"
}

@test "what does not exist, is empty, is noise, is a device" {
	odd_image archives
	scan "$image/absent"
	exit_code 2
	complains "cannot .*absent.*: [Nn]o such file"
	for file in nothing noise; do
		scan "$image/$file"
		exit_code 2
		complains "cannot .*$file"
	done
	scan /dev/null
	exit_code 2
	complains "/dev/null"
	mkdir empty-directory
	scan empty-directory
	exit_code 3
	unknown_finding IMG-PACKAGES
}

@test "a docker archive cut in half, and one with a broken header" {
	odd_image archives
	scan "$image/cut"
	[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
	[ "$status" -eq 3 ] || complains "cannot .*cut"
	scan "$image/broken"
	exit_code 2
	complains "cannot .*broken"
}

@test "a tar that ends in the middle" {
	incomplete truncated_tar IMG-READ "layer 1.*truncated|layer 1.*end"
}

@test "a tar with wrong header checksums" {
	incomplete corrupt_tar IMG-READ "layer 1"
}

@test "a layer that is no archive" {
	incomplete not_a_tar IMG-READ "layer 1"
}

@test "gzip: cut in half, damaged, wrong checksum" {
	incomplete truncated_gzip IMG-READ "layer 1.*(gzip|truncated|end)"
	incomplete corrupt_gzip IMG-READ "layer 1"
	incomplete wrong_crc_gzip IMG-READ "layer 1.*(gzip|checksum)"
}

@test "zstd: damaged" {
	incomplete corrupt_zstd IMG-READ "layer 1"
}

@test "gzip and zstd bombs stop at the limit, which is named" {
	incomplete gzip_bomb IMG-READ "layer 1.*limit"
	incomplete zstd_bomb IMG-READ "layer 1.*limit"
}

@test "--max-layer-size is a limit, too, and named" {
	odd_image gzip_bomb
	scan --max-layer-size 100M "$image"
	exit_code 3
	unknown_finding IMG-READ "layer 1.*limit"
}

@test "a blob that is not what its digest says is an error that names the layer" {
	refused wrong_blob_digest 2 "layer 1.*digest"
	odd_image wrong_blob_digest
	run find "$XDG_CACHE_HOME/cscplate/layers" -type f
	same "$output" ""
}

@test "a diff id that is not the tar's is an error that names the layer" {
	refused wrong_diff_id 2 "layer 1.*(digest|diff)"
}

@test "a size that is not the blob's" {
	refused wrong_size 2 "size"
}

@test "a configuration that is not what its digest says" {
	refused wrong_config_digest 2 "config.*digest"
}

@test "after a good scan, a changed blob is found by --verify" {
	odd_image good
	scan "$image"
	exit_code 1
	blob=$(find "$image/blobs" -type f -size +1k | head -n 1)
	layer=$(query 'r["image"]["layers"][0]["digest"]')
	blob=$image/blobs/sha256/${layer#sha256:}
	printf 'x' | dd of="$blob" bs=1 seek=40 conv=notrunc status=none
	scan --verify "$image"
	exit_code 2
	complains "layer 1.*digest"
}

@test "a layer that is missing" {
	odd_image missing_layer
	scan "$image"
	[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
	[ "$status" -eq 2 ] || unknown_finding IMG-READ "layer 1"
}

@test "fewer diff ids than layers" {
	refused fewer_diff_ids 2 "layers"
}

@test "names with .. stay inside, and nothing is written" {
	odd_image dotdot
	scan "$image"
	[ ! -e /tmp/cscplate-escaped ]
	[ "$status" -eq 1 ] || [ "$status" -eq 3 ]
	[ "$status" -eq 3 ] || same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
}

@test "links that go round" {
	incomplete link_cycle IMG-PACKAGES
	odd_image hardlink_cycle
	scan "$image"
	exit_code 3
}

@test "devices, FIFOs and directories in the place of databases" {
	incomplete devices IMG-PACKAGES
}

@test "a root directory with a FIFO, a device and a socket in the place of databases" {
	odd_image directory
	rm "$image/var/lib/dpkg/status"
	mkfifo "$image/var/lib/dpkg/status"
	mkdir -p "$image/lib/apk/db"
	mkfifo "$image/lib/apk/db/installed"
	scan "$image"
	exit_code 3
}

@test "a root directory: links lead nowhere outside" {
	odd_image directory
	mv "$image/var/lib/dpkg/status" "$BATS_TEST_TMPDIR/outside"
	ln -s "$BATS_TEST_TMPDIR/outside" "$image/var/lib/dpkg/status"
	scan "$image"
	exit_code 3
	same "$(query 'packages')" ""
}

@test "names of 1 GiB, by pax and by GNU's extension" {
	incomplete huge_pax_name IMG-READ "layer 1"
	incomplete huge_gnu_name IMG-READ "layer 1"
}

@test "a dpkg status of garbage" {
	odd_image garbage_dpkg
	scan "$image"
	exit_code 3
	query 'unknown' | grep -Eq "^IMG-(READ|PACKAGES)"
}

@test "rpm databases of garbage, all three kinds" {
	odd_image garbage_rpm
	scan "$image"
	exit_code 3
	unknown_finding IMG-READ "rpm"
}

@test "a status above its limit" {
	incomplete huge_status IMG-READ "limit"
}

@test "JSON nested 100,000 deep: index, manifest, configuration" {
	refused deep_index 2 "index"
	refused deep_manifest 2 "manifest"
	refused deep_config 2 "config"
}

@test "a layout of another version, or that does not say which" {
	odd_image layout_version
	folder=$image
	for name in later archive compressed; do
		scan "$folder/$name"
		exit_code 2
		complains "cannot read image '.*/$name': cannot read 'oci-layout': .*version '2.0.0'.*only 1.x"
	done
	scan "$folder/other"
	exit_code 2
	complains "cannot read 'oci-layout': .*version '10'"
	for name in absent number; do
		scan "$folder/$name"
		exit_code 2
		complains "cannot read 'oci-layout': field 'imageLayoutVersion'"
	done
	for name in empty noise deep; do
		scan "$folder/$name"
		exit_code 2
		complains "cannot read 'oci-layout'"
	done
	scan "$folder/minor"
	exit_code 1
	same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
}

@test "an index nested 2,000 deep" {
	refused nested_index 2 "index|nest"
}

@test "advisories nested 100,000 deep or otherwise bad are counted and never stop a build" {
	"$source/tests/e2e/generate" bad_advisories osv
	run --separate-stderr "$CSCPLATE_BINARY" db build --from osv --output bad.db
	exit_code 0
	[[ $output$stderr =~ 6 ]]
	run --separate-stderr "$CSCPLATE_BINARY" db build --verbose --from osv --output bad.db
	exit_code 0
	[[ $output$stderr == *no-json* && $output$stderr == *types* ]]
	"$source/tests/e2e/generate" deep_advisory deep
	run --separate-stderr "$CSCPLATE_BINARY" db build --verbose --from deep --output deep.db
	exit_code 0
	[[ $output$stderr == *DEBIAN-CVE-2025-9999* ]]
	database=$PWD/bad.db
	odd_image good
	scan "$image"
	exit_code 1
}

@test "an image without layers, and one with an empty layer, are never clean" {
	incomplete empty_image IMG-PACKAGES
	incomplete empty_layer IMG-PACKAGES
	incomplete empty_status IMG-PACKAGES
}

@test "a distribution that nobody knows, and none" {
	incomplete unknown_distribution IMG-DISTRO "plan10"
	incomplete no_distribution IMG-DISTRO
}

@test "links and names that lead out of a layout or an archive" {
	odd_image escaping_blob
	scan "$image"
	[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
	same "$([ ! -s out.json ] || query packages)" ""
	refused escaping_digest 2 "digest"
	odd_image escaping_member
	scan "$image/archive"
	exit_code 2
	[[ $stderr != *root:* ]]
}

@test "a directory and a file without read permission" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become nobody"
	command -v setpriv >/dev/null || skip "no setpriv"
	odd_image directory
	chmod -R go+rX "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR"
	chmod 755 "$BATS_RUN_TMPDIR"
	chmod 700 "$image/var/lib/dpkg"
	mkdir -p theirs
	chown nobody theirs
	as_nobody() {
		run --separate-stderr setpriv --reuid=nobody --regid=nogroup --clear-groups \
			env HOME="$PWD/theirs" XDG_CACHE_HOME="$PWD/theirs" "$CSCPLATE_BINARY" image \
			--db "$database" --max-db-age 0 --no-progress --format json \
			--output theirs/out.json "$@"
	}
	setpriv --reuid=nobody --regid=nogroup --clear-groups test -x "$CSCPLATE_BINARY" ||
		skip "nobody cannot reach the program"
	as_nobody "$image"
	mv theirs/out.json .
	exit_code 3
	unknown_finding IMG-READ "var/lib/dpkg.*[Pp]ermission denied"
	chmod 755 "$image/var/lib/dpkg"
	chmod 700 "$image"
	as_nobody "$image"
	exit_code 2
	complains "[Pp]ermission denied"
	odd_image archives
	chmod 600 "$image/good"
	as_nobody "$image/good"
	exit_code 2
	complains "[Pp]ermission denied"
}

@test "a full disk under --output: exit 2, and nothing half-written" {
	odd_image good
	run --separate-stderr "$CSCPLATE_BINARY" image --db "$database" --max-db-age 0 --format json \
		--output /dev/full "$image"
	exit_code 2
	complains "/dev/full"
	run --separate-stderr sh -c '"$0" "$@" >/dev/full' "$CSCPLATE_BINARY" image --db "$database" \
		--max-db-age 0 --format json "$image"
	exit_code 2
	complains "[Nn]o space left"
}

# Runs a command with 64 KiB of disk mounted at ./small.
on_small_disk() {
	mkdir -p small
	run --separate-stderr unshare --mount sh -c \
		'mount -t tmpfs -o size=64k none small && "$@"; code=$?; ls -A small >after; exit $code' \
		sh "$@"
}

@test "a full disk under the cache does not stop a scan" {
	unshare --mount true 2>/dev/null || skip "no mount namespaces here"
	odd_image good
	mkdir -p small
	XDG_CACHE_HOME=$PWD/small on_small_disk sh -c 'head -c 60k /dev/zero >small/full; "$@"' sh \
		"$CSCPLATE_BINARY" image --db "$database" --max-db-age 0 --no-progress --format json \
		--output "$PWD/out.json" "$image"
	exit_code 1
	same "$(query '" ".join(sorted(package))')" "bash libssl3 openssl"
}

@test "a full disk under a database build: exit 2, the old file is still there, no other" {
	unshare --mount true 2>/dev/null || skip "no mount namespaces here"
	"$source/tests/e2e/generate" osv osv
	on_small_disk sh -c ': >small/x.db; head -c 40k /dev/zero >small/full; "$@"; code=$?
		[ -f small/x.db ] && [ ! -s small/x.db ] && exit $code' sh \
		"$CSCPLATE_BINARY" db build --from osv --output small/x.db
	exit_code 2
	complains "small/x.db.*[Nn]o space left"
	same "$(cat after)" "$(printf 'full\nx.db')"
}

@test "a database cut in half, emptied, replaced by noise" {
	odd_image good
	cp "$database" cut.db
	truncate -s $(($(stat -c %s cut.db) / 2)) cut.db
	: >empty.db
	head -c 100000 /dev/urandom >noise.db
	for database in cut.db empty.db noise.db; do
		scan "$image"
		exit_code 2
		complains "cannot .*$database"
		run --separate-stderr "$CSCPLATE_BINARY" db info --db "$database"
		exit_code 2
		complains "cannot .*$database"
	done
}

@test "a database with bytes changed anywhere never crashes a scan" {
	odd_image good
	size=$(stat -c %s "$database")
	for i in $(seq 1 40); do
		cp "$database" broken.db
		head -c 16 /dev/urandom | dd of=broken.db bs=1 seek=$((size * i / 41)) conv=notrunc status=none
		run --separate-stderr "$CSCPLATE_BINARY" image --db broken.db --max-db-age 0 \
			--no-progress --format json "$image"
		[ "$status" -le 3 ] || {
			cp broken.db "$BATS_RUN_TMPDIR/"
			echo "exit code $status with 16 bytes changed at $((size * i / 41)): $stderr"
			return 1
		}
	done
}

@test "a build that is interrupted leaves the old database and nothing else" {
	[ -f "$CSCPLATE_SHARED/osv-export.tar.zst" ] || skip "no osv-export.tar.zst in CSCPLATE_SHARED"
	real_image osv-debian.db
	mkdir place
	odd_image good
	cp "$database" place/x.db
	start db build --from "$CSCPLATE_TEST_CACHE/osv" --output place/x.db
	until [ "$(find place -name '*.tmp' | wc -l)" -gt 0 ] || ! kill -0 "$pid"; do sleep 0.02; done
	kill -INT "$pid"
	ended
	exit_code 130
	same "$(ls -A place)" x.db
	cmp "$database" place/x.db
}

@test "SIGINT and SIGTERM in the middle of a scan: 130 and 143, no file and no process is left" {
	odd_image slow
	for signal in INT:130 TERM:143; do
		start image --db "$database" --max-db-age 0 --max-layer-size 64G --format json --no-progress \
			--output out.json "$image"
		until [ -n "$(pgrep -P "$pid" -x cscplate)" ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
		children=$(pgrep -P "$pid" -x cscplate)
		# Held, so that the scan cannot end before the signal, however slow this machine is.
		for child in $children; do kill -STOP "$child" || :; done
		kill "-${signal%:*}" "$pid"
		ended
		for child in $children; do kill -CONT "$child" 2>/dev/null || :; done
		exit_code "${signal#*:}"
		for child in $children; do
			for _ in $(seq 100); do
				kill -0 "$child" 2>/dev/null || break
				sleep 0.05
			done
			run kill -0 "$child"
			[ "$status" -ne 0 ]
		done
		same "$(ls -A)" stderr
		same "$(find "$XDG_CACHE_HOME/cscplate/layers" -type f 2>/dev/null)" ""
	done
}
