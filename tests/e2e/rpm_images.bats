#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# AlmaLinux- and SUSE-like systems of real rpm packages, made by rpmbuild and installed by rpm into its own
# database: exactly those vulnerabilities are found that rpm's comparison of versions says (rpm-image). Needs no root.

setup_file() {
	local tool case folder=$BATS_FILE_TMPDIR
	load helpers
	for tool in rpm rpmbuild bsdtar python3; do
		command -v "$tool" >/dev/null || {
			echo "no $tool" >"$folder/absent"
			return 0
		}
	done
	export HOME=$folder/home # with no .rpmmacros and no database in it
	mkdir "$HOME"
	for case in almalinux-9 sles-15.6 opensuse-leap-15.6; do
		"$source/tests/e2e/rpm-image" root "$case" "$folder/$case"
		"$source/tests/e2e/rpm-image" osv "$case" "$folder/osv"
		tar -C "$folder/$case" --sort=name --owner=0 --group=0 -cf "$folder/$case.tar" .
		python3 "$source/tools/oci.py" layout "$folder/$case.oci" "$folder/$case.tar"
		python3 "$source/tools/oci.py" docker "$folder/$case.archive" "$folder/$case.tar"
	done
	# One database of all feeds: each system has to find its own records among them.
	"$CSCPLATE_BINARY" db build --from "$folder/osv" --output "$folder/small.db"
}

setup() {
	load helpers
	isolate
	[ ! -f "$BATS_FILE_TMPDIR/absent" ] || skip "$(cat "$BATS_FILE_TMPDIR/absent")"
	database=$BATS_FILE_TMPDIR/small.db
}

# Scans a case as a directory, a layout and an archive: each time the same is found, and it is what rpm says.
agrees() {
	root=$BATS_FILE_TMPDIR/$1
	"$source/tests/e2e/rpm-image" expected "$1" "$root" >wanted
	[ -s wanted ]
	for target in "$root" "$root.oci" "$root.archive"; do
		scan "$target"
		exit_code "$2"
		same "$stderr" ""
		query 'sorted({" ".join([f["subject"]["package"]["name"], f["vulnerability"]["id"],
			f["vulnerability"].get("fixed_version", "-")])
			for f in findings if "vulnerability" in f})' >got
		diff -u wanted got
		# Each once, however many records and layers there are.
		same "$(query 'len([f for f in findings if "vulnerability" in f])')" "$(wc -l <wanted)"
		not_its_own "$1"
		inventory
	done
}

# Packages of others are not judged, and that is said of each.
not_its_own() {
	same "$(query '[name for name, p in sorted(package.items()) if p.get("third_party")]')" \
		"$("$source/tests/e2e/rpm-image" names "$1" "$root")"
	for name in $("$source/tests/e2e/rpm-image" names "$1" "$root"); do
		unknown_finding IMG-THIRD-PARTY "\[?$name"
	done
}

# All packages, as rpm itself lists them: name, version with epoch, architecture, source, vendor, stream.
inventory() {
	local place=$root/usr/lib/sysimage/rpm
	[ -d "$place" ] || place=$root/var/lib/rpm
	rpm --dbpath "$place" --query --all \
		--queryformat '%{NAME} %{EVR} %{ARCH} %{SOURCERPM} (%{VENDOR}) %|MODULARITYLABEL?{(%{MODULARITYLABEL})}:{()}|\n' |
		LC_ALL=C sort >listed
	query 'sorted("{} {} {} {}-{}.src.rpm ({}) ({})".format(p["name"], p["version"], p["architecture"],
		p["source_name"], p["source_version"].rpartition(":")[2], p["vendor"], p.get("module", ""))
		for p in r["packages"])' >got
	diff -u listed got
}

@test "AlmaLinux 9: epochs, no fix, streams of modules, another release and vendor" {
	agrees almalinux-9 1
}

@test "SUSE Linux Enterprise Server 15 SP6: by binary, in any of its products" {
	agrees sles-15.6 1
}

@test "openSUSE Leap 15.6: packages of SUSE and of the community" {
	agrees opensuse-leap-15.6 1
}
