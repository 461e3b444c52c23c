#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # each test is a subshell; helpers sets variables
# What every command promises about help, errors, man pages and completion, whichever commands there are.

setup() {
	load ../e2e/helpers
	isolate
	export LC_ALL=C.UTF-8
}

# Each command on a line, as it is typed: from the list of man pages.
all_commands() {
	cscplate generate pages | sed -n 's/^cscplate-\(.*\)\.1$/\1/p' | tr - ' '
}

# On standard output alone, exit code 0, no line wider than 80 columns, no blanks at line ends.
is_help() {
	run --separate-stderr "$CSCPLATE_BINARY" "$@"
	exit_code 0
	same "$stderr" ""
	[[ $output == *Usage:* ]]
	# shellcheck disable=SC2312
	same "$(awk 'length > 80 || /[ \t]$/' <<<"$output")" ""
}

# Exit code 2, nothing on standard output, one line on standard error that matches.
is_refused() {
	local wanted=$1
	shift
	run --separate-stderr "$CSCPLATE_BINARY" "$@"
	exit_code 2
	same "$output" ""
	complains "^cscplate: error: $wanted"
	same "$(wc -l <<<"$stderr")" 1
}

@test "every command has help, by every way" {
	local command n=0
	while read -r command; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		is_help $command --help
		long=$output
		# shellcheck disable=SC2086
		is_help $command -h
		same "$output" "$long"
		# shellcheck disable=SC2086
		is_help help $command
		same "$output" "$long"
	done < <(all_commands)
	[ "$n" -ge 8 ]
	is_help --help
	long=$output
	is_help help
	same "$output" "$long"
	is_help db --help
}

@test "the overview names every command" {
	is_help --help
	while read -r command; do
		[[ $output == *"  $command"* ]]
	done < <(all_commands)
}

@test "alone it says what to do, and that is an error" {
	run --separate-stderr "$CSCPLATE_BINARY"
	exit_code 2
	same "$output" ""
	[[ $stderr == "Usage: "* ]]
	run --separate-stderr "$CSCPLATE_BINARY" db
	exit_code 2
	same "$output" ""
	[[ $stderr == "Usage: "* ]]
}

@test "the version" {
	run --separate-stderr "$CSCPLATE_BINARY" --version
	exit_code 0
	[[ $output =~ ^cscplate\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	short=$output
	run --separate-stderr "$CSCPLATE_BINARY" version
	same "$output" "$short"
	run --separate-stderr "$CSCPLATE_BINARY" --version --verbose
	exit_code 0
	same "${lines[0]}" "$short"
	[[ ${lines[1]} == with\ * ]]
}

@test "what does not exist is refused, with the nearest that does" {
	is_refused "unknown command 'imgae': did you mean 'image'" imgae
	is_refused "unknown command 'db biuld': did you mean 'db build'" db biuld
	is_refused "unknown command 'nothing-like-it': see 'cscplate help'" nothing-like-it
	is_refused "unknown option '--formt': did you mean '--format'" image --formt json x
	is_refused "cannot use '--format jsno': did you mean 'json'" image --format jsno x
	is_refused "cannot use '--fail-on hihg': did you mean 'high'" image --fail-on hihg x
	is_refused "unknown command 'nothing': see" help nothing
	local command
	while read -r command; do
		# shellcheck disable=SC2086
		is_refused "unknown option '--no-such-option': see 'cscplate help $command'" \
			$command --no-such-option
	done < <(all_commands)
}

@test "a format that a command does not have is refused, not taken for another" {
	local command
	for command in "db info" "db search x" "checks list" "checks explain IMG-EOL" "checks questions"; do
		# shellcheck disable=SC2086
		is_refused "cannot use '--format sarif': not one of table, json$" $command --format sarif
		# shellcheck disable=SC2086
		is_refused "cannot use '--format sarif': not one of table, json$" --format sarif $command
		# shellcheck disable=SC2086
		is_refused "cannot use '--format jsno': did you mean 'json'" $command --format jsno
	done
	is_refused "'db vercmp' does not take 'dpgk': did you mean 'dpkg'" db vercmp dpgk
	is_refused "'db vercmp' does not take 'semver': not one of dpkg, rpm, apk$" db vercmp semver
	is_refused "'db vercmp' needs SCHEME: see 'cscplate help db vercmp'" db vercmp
}

@test "a database is not built from nothing, nor from half of what it takes" {
	is_refused "nothing to build from: name an export with --from, or an archive with --from-apt" db build
	is_refused "--from-apt needs --suite" db build --from-apt archive
	local option
	for option in suite main-suite component architecture package for; do
		is_refused "--$option needs --from-apt" db build --from osv --$option x
	done
	is_refused "cannot open .*'absent.tar'" db build --from-apt archive --suite s --for absent.tar
	mkdir rootfs
	is_refused "cannot build for 'dir:rootfs': no dpkg packages found in it$" \
		db build --from-apt archive --suite s --for dir:rootfs
	is_refused "cannot .*'absent'.*: No such file or directory" db build --from absent --output x.db
	is_refused "cannot .*'absent'.*: No such file or directory" db build --from-apt absent --suite s --output x.db
	[ ! -e x.db ]
}

@test "mistakes in files and in the environment are refused with their place" {
	echo "quite: true" >cscplate.yaml
	is_refused "cannot read 'cscplate.yaml': line 1, column 1: unknown key 'quite': did you mean" image x
	rm cscplate.yaml
	CSCPLATE_FAIL_ON=x is_refused "cannot use CSCPLATE_FAIL_ON 'x' from the environment" image x
	printf 'gate:\n  fail-on: x\n' >cscplate-policy.yaml
	is_refused "cannot read policy 'cscplate-policy.yaml': line 2, column 12: unknown gate 'x'" image x
}

@test "files in usual places count or are refused, never ignored" {
	local file
	for file in cscplate.yaml cscplate-policy.yaml; do
		ln -s nowhere "$file"
		is_refused "cannot open '$file': the symbolic link leads nowhere" image .
		rm "$file"
		mkdir "$file"
		is_refused "cannot read '$file': not a regular file" image .
		rmdir "$file"
	done
}

@test "a policy for checks that do not exist is refused with its place" {
	local file=cscplate-policy.yaml
	echo 'gate: { accept-unknown: [IMG-READ, IMG-EOLL] }' >$file
	is_refused "cannot read policy '$file': line 1, column 36: no check has the id 'IMG-EOLL': did you mean 'IMG-EOL'" image .
	echo 'gate: { accept-unknown: [CVE-2025-1000] }' >$file
	is_refused "cannot read policy '$file': line 1, .*'CVE-2025-1000': see 'cscplate checks list'" image .
	printf 'waivers:\n  - { id: img-nothing-like-it, reason: x }\n' >$file
	is_refused "cannot read policy '$file': line 2, column 11: no check has the id 'img-nothing-like-it'" image .
	printf 'regrade:\n  - { id: DB-STALL, severity: low }\n' >$file
	is_refused "cannot read policy '$file': line 2, column 11: .* did you mean 'DB-STALE'" image .
	# Other ids may be those of vulnerabilities that this image does not have.
	printf 'waivers:\n  - { id: CVE-2025-1, reason: x }\n  - { id: img-eol, reason: x }\n' >$file
	run --separate-stderr "$CSCPLATE_BINARY" image --inventory .
	exit_code 3
	same "$stderr" ""
}

@test "what is read is not written over" {
	small_database
	cp "$database" my.db
	ln -s my.db link.db
	ln my.db hard.db
	echo kev >kev
	tar cf image.tar kev
	echo 'version: 1' >policy
	: >empty
	local before to
	before=$(sha256sum ./*)
	is_refused "cannot write 'image.tar': it is the file that is read as 'image.tar'" image image.tar -o image.tar
	is_refused "cannot write './image.tar': .* 'image.tar'" image docker-archive:image.tar -o ./image.tar
	for to in my.db link.db hard.db; do
		is_refused "cannot write '$to': it is the file that is read as 'my.db'" image image.tar --db my.db -o $to
		is_refused "cannot write '$to': it is the file that is read as 'my.db'" db info --db my.db -o $to
		is_refused "cannot write '$to': it is the file that is read as 'my.db'" db search x --db my.db -o $to
	done
	is_refused "cannot write 'policy': it is the file" image . --policy policy -o policy
	is_refused "cannot write 'image.tar': it is the file" db build --from image.tar -o image.tar
	is_refused "cannot write 'image.tar': it is the file" db build image.tar -o image.tar
	is_refused "cannot write 'kev': it is the file" db build --from x --kev kev -o kev
	is_refused "cannot write 'kev': it is the file" db build --from x --epss kev -o kev
	# Nor what is no database at all.
	is_refused "cannot write advisory database 'policy': it is there, and is none" db build --from x -o policy
	same "$(sha256sum ./*)" "$before"
	for to in my.db link.db empty new.db; do
		cscplate db build --from "$BATS_FILE_TMPDIR/osv" -o $to
	done
	cmp empty new.db
}

@test "directories are made for the default place alone" {
	small_database
	is_refused "cannot write 'absent/x.db': No such file or directory" db build --from x -o absent/x.db
	is_refused "cannot write 'absent/x': No such file or directory" image . -o absent/x
	is_refused "cannot write 'absent/x': No such file or directory" checks list -o absent/x
	[ ! -e absent ]
	(umask 022 && cscplate db build --from "$BATS_FILE_TMPDIR/osv")
	# shellcheck disable=SC2312
	same "$(stat -c %a "$XDG_DATA_HOME/cscplate/advisories.db")" 644
}

@test "an image that is not there: how to get it, where it may be a registry's" {
	local image
	for image in debian:12 reg.example:5000/a/b-c:1.2 app@sha256:00; do
		is_refused "cannot open .*'skopeo copy docker://$image oci:DIR'" image $image
		is_refused "cannot open .*'skopeo copy docker://$image oci:DIR'" image docker://$image
	done
	for image in /absent/x ./x ../debian:12 app.tar app.tar:1 images/app.tar "a b" docker:///x docker://; do
		is_refused "cannot open '[^']*': no such file or directory$" image "$image"
	done
	is_refused "cannot read image '.' for linux/nothing: " image . --platform linux/nothing
}

@test "searching the database" {
	small_database
	cscplate db search --db "$database" DEBIAN-CVE-2025-1000 >as-written
	grep -q '^DEBIAN-CVE-2025-1000 (Debian)' as-written
	cscplate db search --db "$database" debian-cve-2025-1000 | cmp - as-written
	cscplate db search --db "$database" CVE-2025-1000 | cmp - as-written
	cscplate db search --db "$database" cve-2025-1000 | cmp - as-written
	cscplate db search --db "$database" openssl >as-written
	cscplate db search --db "$database" OpenSSL | cmp - as-written
	is_refused "cannot search for '': " db search --db "$database" ''
	run --separate-stderr "$CSCPLATE_BINARY" db search --db "$database" CVE-1999-1
	exit_code 0
	same "$output" "nothing is known about 'CVE-1999-1' in '$database'"
}

@test "bytes from outside cannot reach the terminal" {
	is_refused 'unknown command .\\x1b\[31m\\x0a' "$(printf '\033[31m\n.')"
}

@test "a full disk is an error, a reader that leaves is none" {
	local status=0
	cscplate help >/dev/full 2>stderr || status=$?
	same "$status" 2
	grep -q "cannot write 'standard output': No space left" stderr
	cscplate generate bash 2>stderr | head -1 >/dev/null
	same "${PIPESTATUS[0]}" 0
	same "$(cat stderr)" ""
	status=0
	cscplate help >&- 2>stderr || status=$?
	same "$status" 2
}

@test "man pages compile" {
	command -v scdoc >/dev/null || skip "no scdoc"
	local page
	while read -r page; do
		cscplate generate man "${page%.*}" >page.scd
		scdoc <page.scd >"$page"
		grep -q "^\.TH \"${page%.*}\" \"${page##*.}\"" "$page"
	done < <(cscplate generate pages)
}

@test "completion: bash" {
	cscplate generate bash >completion
	bash -n completion
	complete_words() {
		bash -c '. ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cscplate
			echo "${COMPREPLY[*]}"' bash "$@"
	}
	same "$(complete_words cscplate im)" image
	same "$(complete_words cscplate db b)" build
	same "$(complete_words cscplate image --for)" --format
	same "$(complete_words cscplate image --format js)" json
	same "$(complete_words cscplate image --format = js)" json
	same "$(complete_words cscplate --format json im)" image
	same "$(complete_words cscplate image --format s)" sarif
	same "$(complete_words cscplate db info --format '')" "table json"
	same "$(complete_words cscplate db vercmp '')" "dpkg rpm apk"
	same "$(complete_words cscplate image --no-ca)" --no-cache
	same "$(complete_words cscplate checks explain IMG-E)" IMG-EOL
	same "$(complete_words cscplate checks explain Q-IMAGE-1)" Q-IMAGE-1
	same "$(complete_words cscplate help im)" image
	same "$(complete_words cscplate help '')" "$(complete_words cscplate '')"
	same "$(complete_words cscplate help db '')" "$(complete_words cscplate db '')"
	same "$(complete_words cscplate help image '')" ""
	touch some-file
	same "$(complete_words cscplate image some)" some-file
}

@test "completion: zsh" {
	cscplate generate zsh >completion
	grep -q '^#compdef cscplate' completion
	command -v zsh >/dev/null || skip "no zsh"
	zsh -n completion
}

@test "completion: fish" {
	cscplate generate fish >completion
	grep -q '^complete -c cscplate' completion
	# Only flags that are on can be switched off.
	grep -q "__cscplate_is \"image\"' -l no-cache " completion
	grep -q "__cscplate_is \"\"' -l no-progress " completion
	run ! grep -q ' -l no-verify ' completion
	grep -q "__cscplate_is \"db vercmp\"' -f -a ' dpkg rpm apk'" completion
	command -v fish >/dev/null || skip "no fish"
	fish --no-execute completion
	same "$(fish -c 'source completion; complete -C "cscplate im"' | cut -f1)" image
}

@test "an interrupt leaves nothing behind" {
	mkfifo pipe
	(exec "$CSCPLATE_BINARY" db vercmp dpkg --output out <pipe) &
	local pid=$! status=0
	exec 7>pipe
	# It has opened its output once the temporary file is there, or writes to none.
	for _ in $(seq 50); do
		compgen -G 'out*' >/dev/null && break
		sleep 0.02
	done
	kill -INT "$pid"
	wait "$pid" || status=$?
	exec 7>&-
	same "$status" 130
	same "$(compgen -G 'out*')" ""
}
