#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# db build --from-apt from a mirror over HTTP, one that is in order and many that are not: each with its exit
# code and a message that names the file, while the database of before stays as it was and nothing else is
# left. The mirror is small, made by hand (tests/data/apt/make-archive) and signed with a throw-away key;
# test_apt_feed spoils the same one in more ways, by the library and without a server.

setup_file() {
	local tool
	load helpers
	for tool in dpkg-deb xz gpg gpgv python3; do
		command -v "$tool" >/dev/null || {
			echo "no $tool" >"$BATS_FILE_TMPDIR/absent"
			return 0
		}
	done
	export GNUPGHOME=$BATS_FILE_TMPDIR/gnupg
	"$source/tests/data/apt/make-archive" all "$BATS_FILE_TMPDIR/good"
	small_database
}

teardown_file() {
	# The agent that gpg started for this directory, and no other.
	[ ! -d "$BATS_FILE_TMPDIR/gnupg" ] || GNUPGHOME=$BATS_FILE_TMPDIR/gnupg gpgconf --kill all
}

setup() {
	load helpers
	isolate
	[ ! -f "$BATS_FILE_TMPDIR/absent" ] || skip "$(cat "$BATS_FILE_TMPDIR/absent")"
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
	export GNUPGHOME=$BATS_FILE_TMPDIR/gnupg
	make=$source/tests/data/apt/make-archive
	database=$BATS_FILE_TMPDIR/small.db
	keyring=$BATS_FILE_TMPDIR/good/archive.gpg
	mkdir www
	mirror=$PWD/www/debian
	suite=$mirror/dists/bullseye-security
	index=$suite/main/binary-amd64
	cp -a "$BATS_FILE_TMPDIR/good" "$mirror"
	"$source/tests/e2e/serve" www requests >ports 3>&- &
	server=$!
	until [ -s ports ] || ! kill -0 "$server" 2>/dev/null; do sleep 0.02; done
	read -r port closed <ports
	host=http://127.0.0.1:$port
	url=$host/debian
	mkdir place
	cp "$database" place/x.db
}

teardown() {
	stop_server
}

stop_server() {
	[ -z "${server-}" ] || {
		kill "$server" 2>/dev/null || :
		wait "$server" 2>/dev/null || :
	}
	server=
}

# Builds from the mirror at $1 to place/x.db: sets $status, $output, $stderr.
build() {
	run --separate-stderr "$CSCPLATE_BINARY" db build --no-progress --from-apt "$1" \
		--suite bullseye-security --architecture amd64 --keyring "$keyring" \
		--output place/x.db "${@:2}"
}

# A build from $1 must end with exit code 2 and complain of $2, where a database was as where none was;
# further arguments are options.
refused() {
	rm -rf place
	mkdir place
	build "$1" "${@:3}"
	exit_code 2
	complains "$2"
	same "$output" ""
	same "$(ls -A place)" ""
	cp "$database" place/x.db
	build "$1" "${@:3}"
	exit_code 2
	complains "$2"
	same "$(ls -A place)" x.db
	cmp "$database" place/x.db
	nothing_half_done
}

# No file on its way to its name is left in the cache, and no download beside the database.
nothing_half_done() {
	same "$(find "$XDG_CACHE_HOME" place -name '*.tmp' 2>/dev/null)" ""
	same "$(find . -maxdepth 1 -name '*.deb' -o -maxdepth 1 -name 'Packages*')" ""
}

# Signs the release file anew, after something that it names was changed.
sign_again() {
	"$make" release "$mirror" bullseye-security "$@"
}

# What the mirror's database says of foo: the three records of its changelog.
has_foo() {
	run --separate-stderr "$CSCPLATE_BINARY" db search --db place/x.db --format json foo
	exit_code 0
	for id in CVE-2022-1000 CVE-2022-1354 1.0-1+deb11u3; do
		[[ $output == *"bullseye-security/foo/$id"* ]]
	done
}

@test "a mirror in order: signed, read, cached, and not asked again for what does not change" {
	build "$url"
	exit_code 0
	same "$stderr" "cscplate: warning: no changelog of upstream 5-2 was found in '$url'"
	[[ $output == "place/x.db: 8 advisories "* ]]
	same "$(ls -A place)" x.db
	has_foo
	run --separate-stderr "$CSCPLATE_BINARY" db info --db place/x.db
	[[ $output == *"Debian:11"*"apt archive bullseye-security of 2026-09-12"* ]]
	[[ $output != *"signature not checked"* && $output != *"not signed"* ]]
	# One changelog a source package is enough, and those of the released version are not asked for.
	grep -q '^200 /debian/pool/libfoo' requests
	grep -q '^200 /debian/dists/bullseye-security/InRelease$' requests
	nothing_half_done
	cp place/x.db first.db
	: >requests
	build "$url"
	exit_code 0
	same "$(LC_ALL=C sort requests)" "$(printf '200 /debian/dists/%s/InRelease\n' bullseye-security bullseye)"
	cmp first.db place/x.db
	# Without a network, the cache has it all.
	stop_server
	build "$url" --offline
	exit_code 0
	has_foo
}

@test "the keyring may be given in the environment, and a mirror that has moved is followed" {
	export CSCPLATE_KEYRING=$keyring CSCPLATE_SUITE=bullseye-security CSCPLATE_ARCHITECTURE=amd64
	run --separate-stderr "$CSCPLATE_BINARY" db build --no-progress --from-apt "$host/moved/debian" \
		--output place/x.db
	exit_code 0
	has_foo
	grep -q '^302 /moved/debian/dists/bullseye-security/InRelease$' requests
	CSCPLATE_KEYRING=$mirror/other.gpg run --separate-stderr "$CSCPLATE_BINARY" db build --no-progress \
		--from-apt "$host/moved/debian" --output place/x.db
	exit_code 2
	complains "cannot use '$host/moved/debian/dists/bullseye-security/InRelease': it is signed by key [0-9A-F]+, which is not in '$mirror/other.gpg'"
}

@test "a release file that was changed after it was signed" {
	sed -i 's/^Version: 11/Version: 12/' "$suite/InRelease"
	refused "$url" "cannot use '$url/dists/bullseye-security/InRelease': its signature is wrong"
	# Not even whoever takes unsigned ones takes a wrong signature.
	refused "$url" "InRelease': its signature is wrong" --allow-unsigned
	run grep -c '\.deb' requests
	same "$output" 0
}

@test "a release file that another key signed, and one that none did" {
	sign_again other
	refused "$url" "cannot use '$url/dists/bullseye-security/InRelease': it is signed by key [0-9A-F]+, which is not in '$keyring'"
	cp "$suite/Release" "$suite/InRelease"
	refused "$url" "cannot use '$url/dists/bullseye-security/InRelease': it is not signed"
	build "$url" --allow-unsigned
	exit_code 0
	run --separate-stderr "$CSCPLATE_BINARY" db info --db place/x.db
	[[ $output == *"not signed"* ]]
}

@test "no InRelease" {
	rm "$suite/InRelease"
	refused "$url" "cannot find suite 'bullseye-security' at '$url', '$url-security': cannot fetch '$url/dists/bullseye-security/InRelease': HTTP status 404"
	# A Release beside it, whose signature would be in a third file, is for those who need none.
	build "$url" --allow-unsigned
	exit_code 0
	has_foo
}

@test "a mirror at the root of its host that lacks the suite: the message is of the suite, not of the URL" {
	rm "$suite/InRelease"
	mv www/debian/* www/
	refused "$host" "cannot find suite 'bullseye-security' at '$host': cannot fetch '$host/dists/bullseye-security/InRelease': HTTP status 404"
}

@test "a Packages that is not what the release file names" {
	printf x | dd of="$index/Packages.xz" bs=1 seek=100 conv=notrunc status=none
	refused "$url" "cannot use '$url/dists/bullseye-security/main/binary-amd64/Packages.xz': the release file names sha256:[0-9a-f]{64}, it has sha256:[0-9a-f]{64}"
	truncate -s -100 "$index/Packages.xz"
	refused "$url" "Packages.xz': the release file names [0-9]+ bytes with sha256:[0-9a-f]{64}, it has [0-9]+ bytes"
	head -c 100000 /dev/zero >>"$index/Packages.xz"
	refused "$url" "Packages.xz': it is larger than the [0-9]+ bytes that the release file names"
	echo '<html>Please log in</html>' >"$index/Packages.xz"
	refused "$url" "Packages.xz': it is a web page"
	same "$(find "$XDG_CACHE_HOME/cscplate/apt" -name 'changelog-*')" ""
}

@test "a Packages that is named and not there" {
	rm "$index"/Packages*
	refused "$url" "cannot fetch '$url/dists/bullseye-security/main/binary-amd64/Packages': HTTP status 404"
	# By its plain name it is another form of the same.
	cp "$BATS_FILE_TMPDIR/good/dists/bullseye-security/main/binary-amd64/Packages" "$index/"
	build "$url"
	exit_code 0
	has_foo
}

@test "a package cut off, changed, too large, a web page" {
	package=$(echo "$mirror"/pool/libfoo*.deb)
	named="cannot (fetch|use) '$url/pool/libfoo_[^']*\.deb'"
	cp "$package" whole
	truncate -s -1000 "$package"
	refused "$url" "$named: .*[0-9]+ bytes"
	cp whole "$package"
	printf x | dd of="$package" bs=1 seek=20000 conv=notrunc status=none
	refused "$url" "$named: the index names sha256:[0-9a-f]{64}, it has sha256:[0-9a-f]{64}"
	cat whole whole >"$package"
	refused "$url" "$named: .*[0-9]+ bytes"
	echo '<html>Please log in</html>' >"$package"
	refused "$url" "$named: .*[0-9]+ bytes"
	cp whole "$package"
	build "$url"
	exit_code 0
	has_foo
}

@test "a package whose transfer ends in the middle" {
	refused "$host/cut/debian" "cannot fetch '$host/cut/debian/pool/[a-z]+_[^']*\.deb': .*[0-9]+ (out of [0-9]+ )?bytes"
}

@test "a package that is not there: another of its source will do; else it is a gap, not silence" {
	rm "$mirror"/pool/native*.deb
	build "$url" --verbose
	exit_code 0
	[[ $stderr == *"cannot fetch '$url/pool/native_1.1.deb': HTTP status 404"* ]]
	has_foo
	run --separate-stderr "$CSCPLATE_BINARY" db info --db place/x.db
	[[ $output == *"of 5 newer packages 2 have no changelog that could be found"* ]]
}

@test "nobody listens" {
	refused "http://127.0.0.1:$closed/debian" "cannot fetch 'http://127.0.0.1:$closed/debian/dists/bullseye-security/InRelease': .*[Cc]onnect"
}

@test "redirects that go round, and one that leads to a file" {
	refused "$host/loop/debian" "cannot fetch '$host/loop/debian/dists/bullseye-security/InRelease': .*[Rr]edirects"
	# Followed some times, then no more, in each of the two builds.
	[ "$(grep -c '^302 /loop/' requests)" -le 20 ]
	refused "$host/away/debian" "cannot fetch '$host/away/debian/dists/bullseye-security/InRelease': .*[Pp]rotocol"
}

@test "a mirror that is overrun is asked three times, one that forbids everything once" {
	build "$host/busy/debian"
	exit_code 2
	complains "cannot fetch '$host/busy/debian/dists/bullseye-security/InRelease': HTTP status 503"
	same "$(grep -c '^503 ' requests)" 3
	cmp "$database" place/x.db
	refused "$host/forbidden/debian" "cannot fetch '$host/forbidden/debian/dists/bullseye-security/InRelease': HTTP status 403"
	# Each of the archive's two possible places, in each of two builds.
	same "$(grep -c '^403 ' requests)" 4
}

@test "a mirror that is gone, while the cache has its release files only" {
	build "$url"
	exit_code 0
	rm -f "$XDG_CACHE_HOME"/cscplate/apt/{index,changelog}-*
	stop_server
	refused "$url" "cannot fetch '$url/dists/bullseye-security/InRelease': .*[Cc]onnect"
	refused "$url" "cannot fetch '$url/dists/bullseye(-security)?/main/binary-amd64/Packages[^']*': offline, and it is not in the cache" --offline
}
