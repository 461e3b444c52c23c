# What the end-to-end tests share. Load it first.
# shellcheck shell=bash disable=SC2034,SC2154 # variables for, and of, bats

bats_require_minimum_version 1.5.0

source=${CSCPLATE_SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
export CSCPLATE_SOURCE=$source
export CSCPLATE_SHARED=${CSCPLATE_SHARED:-$source/../shared}
export CSCPLATE_BINARY=${CSCPLATE_BINARY:-$source/build/cscplate}
export CSCPLATE_TEST_CACHE=${CSCPLATE_TEST_CACHE:-$source/build/test-cache}

# Each test has its own home, cache and working directory, and a fixed day.
isolate() {
	export HOME=$BATS_TEST_TMPDIR/home
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache XDG_DATA_HOME=$HOME/data XDG_CONFIG_HOME=$HOME/config
	export SOURCE_DATE_EPOCH=1767225600 # 2026-01-01
	unset "${!CSCPLATE_DB@}" NO_COLOR
	mkdir -p "$HOME" "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
}

cscplate() {
	"$CSCPLATE_BINARY" "$@"
}

# Makes a real image, or skips the test with the reason; sets $image.
real_image() {
	local why status=0
	why=$("$source/tests/e2e/make-images" "$@" 2>&1) || status=$?
	[ $status -ne 77 ] || skip "${why##*$'\n'}"
	[ $status -eq 0 ] || {
		echo "$why"
		return 1
	}
	image=$CSCPLATE_TEST_CACHE/$1
}

# An image of which something is odd; sets $image. See generate.
odd_image() {
	"$source/tests/e2e/generate" "$1" "$BATS_TEST_TMPDIR/$1"
	image=$BATS_TEST_TMPDIR/$1
}

# A small database by hand, with advisories for the packages of odd images: made once for each file.
small_database() {
	local folder=$BATS_FILE_TMPDIR/osv
	[ -f "$BATS_FILE_TMPDIR/small.db" ] || {
		"$source/tests/e2e/generate" osv "$folder"
		"$CSCPLATE_BINARY" db build --from "$folder" --output "$BATS_FILE_TMPDIR/small.db" >/dev/null
	}
	database=$BATS_FILE_TMPDIR/small.db
}

# Scans to JSON in out.json: sets $status, $output (nothing), $stderr.
scan() {
	run --separate-stderr "$CSCPLATE_BINARY" image --db "$database" --max-db-age 0 --no-progress \
		--format json --output out.json "$@"
}

# Evaluates Python over out.json (see query) and prints what comes out.
query() {
	"$source/tests/e2e/query" "${2:-out.json}" "$1"
}

# Fails, showing both, unless the two are equal.
same() {
	[ "$1" = "$2" ] || {
		printf 'expected: %s\n     got: %s\n' "$2" "$1"
		return 1
	}
}
exit_code() {
	[ "$status" -eq "$1" ] || {
		printf 'expected exit code %s, got %s\nstdout: %s\nstderr: %s\n' "$1" "$status" "$output" "$stderr"
		[ ! -s out.json ] || query 'unknown'
		return 1
	}
}
# Is standard error one line that matches?
complains() {
	[[ $stderr =~ $1 ]] || {
		printf 'expected on stderr: %s\n               got: %s\n' "$1" "$stderr"
		return 1
	}
}
# Is there an unknown finding of CHECK whose message matches?
unknown_finding() {
	query 'unknown' | grep -Eq -- "^$1: .*$2" || {
		printf 'expected unknown finding: %s: %s\ngot: %s\n' "$1" "$2" "$(query unknown)"
		return 1
	}
}

# Starts the program behind the test's back; sets $pid. Bash alone would make it ignore SIGINT.
start() {
	env --default-signal=INT "$CSCPLATE_BINARY" "$@" 2>stderr 3>&- &
	pid=$!
}
# Waits for it: sets $status and $stderr.
ended() {
	status=0
	wait "$pid" || status=$?
	stderr=$(cat stderr)
}
