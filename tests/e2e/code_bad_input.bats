#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# What cscplate code must survive, each with its exit code and message. Exit 2: there is no result. Exit 3:
# something could not be assessed, the rest was. Never is it a pass.

setup() {
	load helpers
	isolate
}

# Inspects to JSON in out.json, in a minute at most: sets $status, $output (nothing), $stderr.
inspect() {
	rm -f out.json
	run --separate-stderr timeout 60 "$CSCPLATE_BINARY" code --no-progress --format json --output out.json "$@"
}

# A file of that name has what stands on standard input. It must end with exit code 3 and an unknown
# finding of check $2 that matches $3; the same from a directory, with a file beside it that is judged.
incomplete() {
	cat >"$1"
	inspect --pss baseline "$1"
	exit_code 3
	unknown_finding "$2" "$3"
	rm -rf beside
	mkdir beside
	cp "$1" beside
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {containers: [{name: a, image: x}]}\n' >beside/good.yaml
	inspect --pss baseline beside
	exit_code 3
	unknown_finding "$2" "$3"
	same "$(query '[t["pass"] > 0 for t in r["tallies"] if t["check"] == "PSS-PRIVILEGED"]')" True
	sed -i 's/kind: Pod$/&\n/; s/image: x/image: x, securityContext: {privileged: true}/' beside/good.yaml
	inspect --pss baseline beside
	exit_code 1
}
# The line and column of its unknown finding.
at() {
	query '["%d:%d" % (f["where"]["line"], f["where"]["column"]) for f in findings if f["outcome"] == "unknown"]'
}
# A pod with these lines in its spec.
pod() {
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n'
	printf '  %s\n' "$@"
}

@test "what does not exist, is a device, is a pipe" {
	inspect absent.yaml
	exit_code 2
	complains "cannot open 'absent.yaml': No such file"
	inspect absent/
	exit_code 2
	for device in /dev/zero /dev/null /dev/full; do
		inspect $device
		exit_code 2
		complains "cannot read '$device': neither file, directory nor pipe"
	done
	# Nobody writes into it: nothing is waited for.
	mkfifo pipe
	inspect pipe
	exit_code 3
	unknown_finding CODE-READ "there is no manifest"
	inspect --pss baseline <(pod 'hostPID: true' 'containers: []')
	exit_code 1
	inspect ""
	exit_code 2
	# One that cannot be opened among others: no half result.
	pod 'containers: []' >good.yaml
	inspect good.yaml absent.yaml
	exit_code 2
	[ ! -e out.json ]
}

@test "pipes, devices, links and circles of them in a directory are passed over" {
	mkdir -p all/below
	mkfifo all/pipe.yaml
	ln -s /dev/zero all/zero.yaml
	ln -s .. all/below/above
	ln -s . all/self
	ln -s self all/self.yaml
	ln -s nowhere all/dangling.yaml
	pod 'hostPID: true' 'containers: [{name: a, image: x}]' >outside.yaml
	ln -s ../outside.yaml all/outside.yaml
	inspect --pss baseline all
	exit_code 3
	unknown_finding CODE-FOUND "no manifest"
	pod 'containers: [{name: a, image: x}]' >all/below/pod.yaml
	inspect --pss baseline all
	exit_code 0
	same "$(query 'r["coverage"][0]["detail"]')" "1 object in 1 of 1 file"
	# A link that the user names is what it leads to.
	inspect --pss baseline all/outside.yaml
	exit_code 1
	ln -s all linked
	inspect --pss baseline linked
	exit_code 0
}

@test "an empty file, an empty directory, nothing on standard input" {
	true >empty.yaml
	inspect empty.yaml
	exit_code 3
	unknown_finding CODE-READ "there is no manifest of a known kind in it"
	inspect - </dev/null
	exit_code 3
	unknown_finding CODE-READ "there is no manifest"
	printf '%s\n' '---' '# nothing' '---' '' >empty.yaml
	inspect empty.yaml
	exit_code 3
	mkdir nothing
	inspect nothing
	exit_code 3
	unknown_finding CODE-FOUND "no manifest of a known kind was found"
	inspect --pss restricted nothing
	exit_code 3
}

@test "what may not be read" {
	mkdir all
	pod 'containers: [{name: a, image: x}]' >all/pod.yaml
	pod 'hostPID: true' >all/secret.yaml
	chmod 000 all/secret.yaml
	chmod 755 . all
	as_nobody=()
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null || skip "no setpriv"
		as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all)
		folder=$PWD
		while [ "$folder" != / ]; do
			chmod o+x "$folder"
			folder=$(dirname "$folder")
		done
		"${as_nobody[@]}" test -x "$CSCPLATE_BINARY" -a -r all/pod.yaml || skip "nobody else may run the program here"
	fi
	run --separate-stderr "${as_nobody[@]}" "$CSCPLATE_BINARY" code --pss baseline --format json all
	exit_code 3
	printf '%s\n' "$output" >out.json
	unknown_finding CODE-READ "cannot .*secret.yaml.*: Permission denied"
	run --separate-stderr "${as_nobody[@]}" "$CSCPLATE_BINARY" code --pss baseline --format json all/secret.yaml
	exit_code 2
	complains "cannot open 'all/secret.yaml': Permission denied"
}

@test "a file above the limit, which is named" {
	pod 'containers: [{name: a, image: x}]' >large.yaml
	truncate -s 1G large.yaml
	inspect large.yaml
	exit_code 2
	complains "cannot read 'large.yaml': larger than the limit of [0-9]+ bytes"
	mkdir all
	mv large.yaml all
	pod 'containers: [{name: a, image: x}]' >all/pod.yaml
	inspect --pss baseline all
	exit_code 3
	unknown_finding CODE-READ "'large.yaml': larger than the limit"
	rm all/large.yaml
	inspect - < <(yes 'apiVersion: v1')
	exit_code 2
	complains "cannot read '<stdin>': larger than the limit"
}

@test "an alias bomb" {
	{
		printf 'apiVersion: v1\nkind: Pod\nlol0: &lol0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n'
		for ((i = 1; i < 12; i++)); do
			a="*lol$((i - 1))"
			printf 'lol%d: &lol%d [%s, %s, %s, %s, %s, %s, %s, %s, %s]\n' "$i" "$i" "$a" "$a" "$a" "$a" "$a" "$a" "$a" "$a" "$a"
		done
	} | incomplete bomb.yaml CODE-READ "too many nodes once aliases are unfolded"
	printf 'apiVersion: v1\nkind: Pod\nspec: &a\n  containers: *a\n' | incomplete circle.yaml CODE-READ "."
	printf 'apiVersion: v1\nkind: Pod\nspec: *nothing\n' | incomplete unknown.yaml CODE-READ "."
	# Each item of the list is a list of all pods: more objects than there is time for.
	{
		printf 'apiVersion: v1\nkind: List\nx: &p0 [%s]\n' "$(printf '{apiVersion: v1, kind: Pod, spec: {hostPID: "1"}}, %.0s' {1..100})"
		for ((i = 1; i < 4; i++)); do
			printf 'y%d: &p%d [%s]\n' $i $i "$(printf "{apiVersion: v1, kind: List, items: *p$((i - 1))}, %.0s" {1..60})"
		done
		printf 'items: *p3\n'
	} >lists.yaml
	inspect lists.yaml
	[ "$status" -eq 3 ] || [ "$status" -eq 2 ] || exit_code 1
}

@test "tabs, duplicate keys, broken and structured keys, with line and column" {
	printf 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n' | incomplete tabs.yaml CODE-READ "tab character"
	inspect tabs.yaml
	same "$(at)" 4:1
	printf 'apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n  hostPID: false\n' | incomplete twice.yaml CODE-READ "duplicate key 'hostPID'"
	inspect twice.yaml
	same "$(at)" 5:3
	printf '{"apiVersion": "v1", "kind": "Pod", "spec": {"hostPID": true, "hostPID": false}}' | incomplete twice.json CODE-READ "duplicate key 'hostPID'"
	printf 'apiVersion: v1\nkind: Pod\n? [a, b]\n: c\n' | incomplete keys.yaml CODE-READ "key"
	printf 'apiVersion: v1\nkind: Pod\nspec: {containers: [}\n' | incomplete broken.yaml CODE-READ "."
	printf '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [' | incomplete cut.json CODE-READ "."
	printf 'apiVersion: v1\nkind: Pod\nspec: "never ended\n' | incomplete quote.yaml CODE-READ "."
}

@test "NUL, control bytes, what is no UTF-8, noise" {
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a\0b}\n' | incomplete nul.yaml CODE-READ "control character 0x00"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\033[31mb"}\n' | incomplete escape.yaml CODE-READ "control character 0x1b"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a\377b}\n' | incomplete utf8.yaml CODE-READ "not UTF-8: byte 0xff"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a\355\240\200b}\n' | incomplete surrogate.yaml CODE-READ "not UTF-8"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a\300\200b}\n' | incomplete overlong.yaml CODE-READ "not UTF-8"
	printf 'apiVersion: v1\nkind: Pod\n' | iconv -t UTF-16LE | incomplete little.yaml CODE-READ "."
	printf '\ufeffapiVersion: v1\nkind: Pod\n' | iconv -f UTF-8 -t UTF-16BE | incomplete big.yaml CODE-READ "."
	head -c 4096 /dev/urandom >noise.yaml
	inspect noise.yaml
	exit_code 3
	unknown_finding CODE-READ "."
	printf '[Container]\nImage=\0\n' | incomplete a.container CODE-READ "."
	printf '[Container]\nImage=x\nno key\n' | incomplete b.container CODE-READ "line 3"
	# Anything may be called so; but the user says that it is one.
	printf '[Container\nImage=x\n' >none.container
	inspect none.container
	exit_code 3
	unknown_finding CODE-READ "there is no manifest"
	head -c 4096 /dev/urandom >c.container
	inspect c.container
	exit_code 3
}

@test "nesting without end" {
	deep() {
		python3 -c 'import sys; n = 100000; print(f"apiVersion: v1\nkind: Pod\nspec: " + sys.argv[1] * n + "1" + sys.argv[2] * n)' "$@"
	}
	deep '[' ']' | incomplete sequences.yaml CODE-READ "nested too deeply"
	deep '{a: ' '}' | incomplete mappings.yaml CODE-READ "nested too deeply"
	deep '{"a":[' ']}' | incomplete both.json CODE-READ "nested too deeply"
	deep '[' '' | incomplete cut.yaml CODE-READ "."
	python3 -c 'print("apiVersion: v1\nkind: Pod\nspec:\n " + "- " * 100000 + "1")' | incomplete blocks.yaml CODE-READ "nested too deeply"
	python3 -c 'print("apiVersion: v1\nkind: Pod\nspec:\n " + "? " * 100000 + "1")' | incomplete keys.yaml CODE-READ "."
	python3 -c 'print("apiVersion: v1\nkind: Pod\nspec:\n" + "".join(" " * i + "a:\n" for i in range(1, 2000)))' | incomplete indented.yaml CODE-READ "nested too deeply"
	# Lists in lists, within what a document may nest.
	python3 -c 'print("{apiVersion: v1, kind: List, items: [" * 80 + "{apiVersion: v1, kind: Pod, spec: 7}" + "]}" * 80)' >lists.yaml
	inspect lists.yaml
	exit_code 3
	folder=deep
	for ((i = 0; i < 80; i++)); do folder+=/d; done
	mkdir -p $folder
	pod 'hostPID: true' 'containers: []' >deep/pod.yaml
	inspect --kind none deep
	exit_code 3
	unknown_finding CODE-READ "directories are nested too deeply"
	inspect --pss baseline deep
	exit_code 1
}

@test "a value of a wrong type is not assessed, wherever it is, and never a pass" {
	while IFS='|' read -r where found lines; do
		printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n%b\n' "$lines" >types.yaml
		inspect --pss restricted types.yaml
		[ "$status" -ne 0 ]
		query '["%s: %s" % (f["where"]["field"], f["message"]) for f in findings if f["check"] == "OBJ-SHAPE"]' >told
		grep -Fq "$where: ${where#.} is $found" told || {
			printf 'expected: %s: %s is %s\ngot: %s\nof: %b\n' "$where" "${where#.}" "$found" "$(cat told)" "$lines"
			return 1
		}
	done <<-'LIST'
		.spec.hostNetwork|text, a boolean is wanted|  hostNetwork: "true"
		.spec.hostNetwork|a number, a boolean is wanted|  hostNetwork: 0
		.spec.hostPID|a sequence, a boolean is wanted|  hostPID: [true]
		.spec.volumes|a mapping, a sequence is wanted|  volumes: {name: a, hostPath: {path: /}}
		.spec.volumes[0].hostPath|text, a mapping is wanted|  volumes: [{name: a, hostPath: /}]
		.spec.securityContext|a sequence, a mapping is wanted|  securityContext: [{runAsUser: 0}]
		.spec.securityContext.sysctls|a mapping, a sequence is wanted|  securityContext: {sysctls: {name: kernel.msgmax, value: "1"}}
		.spec.containers|a mapping, a sequence is wanted|  containers: {name: a, image: x}
		.spec.containers[0]|text, a mapping is wanted|  containers: [a]
		.spec.containers[0].image|a number, text is wanted|  containers: [{name: a, image: 1}]
		.spec.containers[0].securityContext.privileged|text, a boolean is wanted|  containers: [{name: a, image: x, securityContext: {privileged: "true"}}]
		.spec.containers[0].securityContext.runAsUser|text, a number is wanted|  containers: [{name: a, image: x, securityContext: {runAsUser: "0"}}]
		.spec.containers[0].securityContext.capabilities.add|text, a sequence is wanted|  containers: [{name: a, image: x, securityContext: {capabilities: {add: SYS_ADMIN}}}]
		.spec.containers[0].securityContext.capabilities.add[0]|a number, text is wanted|  containers: [{name: a, image: x, securityContext: {capabilities: {add: [7]}}}]
		.spec.containers[0].securityContext.seccompProfile|text, a mapping is wanted|  containers: [{name: a, image: x, securityContext: {seccompProfile: RuntimeDefault}}]
		.spec.containers[0].ports[0].hostPort|text, a number is wanted|  containers: [{name: a, image: x, ports: [{containerPort: 80, hostPort: "80"}]}]
		.spec.containers[0].ports[0].containerPort|a mapping, a number is wanted|  containers: [{name: a, image: x, ports: [{containerPort: {}}]}]
		.spec.initContainers|a boolean, a sequence is wanted|  initContainers: true
	LIST
}

@test "privileged: \"true\" alone is exit code 3" {
	pod 'containers: [{name: a, image: x, securityContext: {privileged: "true"}}]' | incomplete pod.yaml OBJ-SHAPE "text, a boolean is wanted"
	pod 'hostPID: "no"' 'containers: [{name: a, image: x}]' | incomplete pid.yaml OBJ-SHAPE "text, a boolean is wanted"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n' | incomplete nothing.yaml OBJ-SHAPE "spec|mapping"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: 3\n' | incomplete number.yaml OBJ-SHAPE "a number, a mapping is wanted"
	printf 'apiVersion: 1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}\n' | incomplete version.yaml OBJ-SHAPE "a number, text is wanted"
	printf 'apiVersion: v1\nkind: List\nitems: [3, null, {}, {kind: Pod}]\n' | incomplete list.yaml OBJ-SHAPE "no object"
}

@test "wrong types in compose files, ECS and Nomad" {
	type() {
		cat >"$1"
		inspect "$1"
		[ "$status" -eq 1 ] || exit_code 3
		unknown_finding OBJ-SHAPE "$2"
	}
	printf 'services:\n  web:\n    image: x\n    privileged: "yes please"\n' | type compose.yaml "boolean"
	printf 'services:\n  web:\n    image: x\n    cap_add: SYS_ADMIN\n' | type compose.yaml "sequence"
	printf '{"family": "x", "containerDefinitions": [{"name": "a", "image": "x", "privileged": "truth"}]}' | type ecs.json "boolean"
	printf '{"Job": {"ID": "x", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "a", "Driver": "docker", "Config": {"image": "x", "privileged": [1]}}]}]}}' | type nomad.json "."
}

@test "numbers out of range" {
	pod 'containers: [{name: a, image: x, ports: [{containerPort: 99999999999999999999}]}]' | incomplete huge.yaml OBJ-SHAPE "."
	pod 'containers: [{name: a, image: x, securityContext: {runAsUser: 1e400}}]' | incomplete infinite.yaml OBJ-SHAPE "."
	pod 'containers: [{name: a, image: x, ports: [{containerPort: 80.5}]}]' | incomplete fraction.yaml OBJ-SHAPE "."
	# A host port is a host port, whether there is one of that number or not.
	for port in 70000 -1; do
		pod "containers: [{name: a, image: x, ports: [{containerPort: 80, hostPort: $port}]}]" >port.yaml
		inspect --pss baseline port.yaml
		exit_code 1
		query failed | grep -q '^PSS-HOST-PORTS'
	done
	# As YAML 1.1 reads them, which Kubernetes does.
	pod 'containers: [{name: a, image: x, securityContext: {privileged: yes}}]' >yes.yaml
	inspect --pss baseline yes.yaml
	exit_code 1
	pod 'containers: [{name: a, image: x, securityContext: {runAsNonRoot: true, runAsUser: 0x0}}]' >hex.yaml
	inspect --pss restricted hex.yaml
	query failed | grep -q '^PSS-RUN-AS-USER'
}

@test "custom resources and versions that nobody knows are a gap of the coverage" {
	{
		printf 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\n---\n'
		printf 'apiVersion: example/v1\nkind: Widget\nmetadata: {name: b}\n---\n'
		printf 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: c}\n---\n'
		printf 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: d}\n'
	} >custom.yaml
	inspect custom.yaml
	exit_code 0
	same "$(query '[c["name"] + ": " + c["detail"] for c in r["coverage"] if c["kind"] == "gap"]')" \
		"custom resources, which no check looks into: Rollout, Widget"
	run --separate-stderr cscplate code custom.yaml
	[[ $output == *"Rollout, Widget"* ]]
	printf 'apiVersion: apps/v7\nkind: Deployment\nmetadata: {name: x}\nspec: {}\n' | incomplete version.yaml OBJ-SHAPE "never had a kind Deployment"
}

@test "names with line breaks and terminal escapes are escaped in the table" {
	mkdir all
	pod 'hostPID: true' 'containers: []' | sed 's/name: x/name: "a\\e[2Jb\\nc\\u202Ed"/' >all/$'x\ny\e[31m\r.yaml'
	run --separate-stderr env NO_COLOR=1 "$CSCPLATE_BINARY" code --pss baseline all
	exit_code 1
	[[ $output != *[$'\e\r']* ]]
	[[ $output != *$'\u202e'* ]]
	[[ $output == *'all/x\x0ay\x1b[31m\x0d.yaml'* ]]
	inspect --pss baseline all
	same "$(query 'findings[0]["where"]["path"] == "all/x\ny\x1b[31m\r.yaml"')" True
	pod 'hostPID: true' 'containers: []' >all/$'\377.yaml'
	inspect --pss baseline all
	exit_code 1
	iconv -f UTF-8 -t UTF-8 out.json >/dev/null
}

@test "the output is never an input" {
	pod 'hostPID: true' 'containers: []' >pod.yaml
	cp pod.yaml before
	ln -s pod.yaml link
	ln pod.yaml hard
	for to in pod.yaml ./pod.yaml "$PWD/pod.yaml" link hard; do
		run --separate-stderr cscplate code --format json --output "$to" pod.yaml
		exit_code 2
		complains "cannot write '$to': it is the file that is read as 'pod.yaml'"
		cmp pod.yaml before
	done
}

@test "a thousand files that cannot be read are a thousand findings, and a short table" {
	mkdir all
	for ((i = 0; i < 1000; i++)); do printf 'apiVersion: v1\n\tkind: Pod\n' >all/$i.yaml; done
	inspect all
	exit_code 3
	same "$(query 'sum(f["check"] == "CODE-READ" for f in findings)')" 1000
	run --separate-stderr cscplate code all
	exit_code 3
	[ "$(wc -l <<<"$output")" -lt 200 ]
}

@test "a file that takes more memory than there is costs one finding" {
	mkdir all
	python3 -c 'print("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [" + ",".join(["{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"x\"}, \"spec\": {\"containers\": []}}"] * 100000) + "]}")' >all/large.json
	pod 'containers: [{name: a, image: x, securityContext: {privileged: true}}]' >all/pod.yaml
	run --separate-stderr bash -c 'ulimit -v 400000 && exec "$@"' bash "$CSCPLATE_BINARY" code --no-progress --format json --output out.json --pss baseline all
	exit_code 1
	# libfyaml does not always say that it was memory.
	unknown_finding CODE-READ "all/large.json"
	same "$(query 'failed')" "PSS-PRIVILEGED: container 'a' is privileged [Pod x] all/pod.yaml"
}
