#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# cscplate code and the programs that it lets render charts and kustomizations: what is judged in place of what,
# and what is said when nobody could. The programs are scripts.

setup() {
	load helpers
	isolate
	mkdir programs
	PATH=$PWD/programs:/usr/bin:/bin
}

inspect() {
	run --separate-stderr cscplate code --no-progress --pss baseline --format json --output out.json "$@"
}

# A program of that name that runs a script, and writes down where and how it was called.
program() {
	cat >"programs/$1" <<-SH
		#!/bin/sh
		printf '%s\n' "\${PWD#"$PWD/"}: \$*" >>"$PWD/$1.calls"
		$2
	SH
	chmod +x "programs/$1"
}

# A Pod that does not meet the standard; with "false" it does.
pod() {
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n' "$1"
	printf 'spec: {containers: [{name: app, image: x, securityContext: {privileged: %s}}]}\n' "${2:-true}"
}
# chart DIRECTORY
chart() {
	mkdir -p -- "$1/templates"
	printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' >"$1/Chart.yaml"
	printf '{{ if .Values.x }}\n%s\n{{ end }}\n' "$(pod "{{ .Release.Name }}")" >"$1/templates/web.yaml"
}

# "path:object" of each failure, and "CHECK path" of what is unknown.
failures() {
	query 'sorted(f["where"]["path"] + ":" + f["subject"]["name"] for f in findings if f["outcome"] == "fail")'
}
unknowns() {
	query 'sorted(f["check"] + " " + f["where"]["path"] for f in findings if f["outcome"] == "unknown")'
}
remedies() {
	query '{f["remedy"].split(",")[0] for f in findings if f["outcome"] == "unknown"}'
}

@test "what a kustomization lists is off the list, in every field that lists; what it does not stays" {
	mkdir -p k/base/deep k/other
	cat >k/kustomization.yaml <<-'YAML'
		resources: [one.yaml, ./base/../two.yaml, base/, https://example.com/x?ref=1]
		components: [parts]
		bases: [old]
		crds: [crd.json]
		patches: [{path: patch.yaml}, {patch: "- op: remove"}]
		patchesStrategicMerge: [merge.yaml, "a: 1\nb: 2"]
		patchesJson6902: [{path: json.yaml, target: {kind: Pod}}]
		replacements: [{path: replacement.yaml}]
		transformers: [transformer.yaml]
		generators: [generator.yaml]
		configurations: [configuration.yaml]
		openapi: {path: schema.json}
		configMapGenerator: [{name: a, files: [config.yaml, key=named.yaml]}]
		secretGenerator: [{name: b, files: [secret.yaml]}]
		helmCharts: [{name: c, valuesFile: values.yaml}]
	YAML
	for name in one two patch merge json replacement transformer generator configuration config named secret values; do
		pod $name >k/$name.yaml
	done
	for name in crd schema; do
		printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"}, "spec": {"containers": [], "hostPID": true}}' $name >k/$name.json
	done
	mkdir k/parts k/old
	pod p >k/parts/p.yaml
	printf 'kind: Component\nresources: [p.yaml]\n' >k/parts/kustomization.yml
	pod o >k/old/o.yaml
	printf 'resources: [o.yaml]\n' >k/old/Kustomization
	pod b >k/base/b.yaml
	pod not-listed >k/base/not-listed.yaml
	pod d >k/base/deep/d.yaml
	printf 'resources: [b.yaml, deep]\n' >k/base/kustomization.yaml
	printf 'resources: [d.yaml]\n' >k/base/deep/kustomization.yaml
	pod nor-this >k/other/nor-this.yaml
	pod rendered false >rendered.yaml
	program kustomize "cat '$PWD/rendered.yaml'"
	inspect k
	exit_code 1
	same "$(failures)" "$(printf 'k/base/not-listed.yaml:Pod not-listed\nk/other/nor-this.yaml:Pod nor-this')"
	same "$(unknowns)" ""
	same "$(cat kustomize.calls)" "k: build ."
}

@test "a kustomization below another that does not list it is rendered on its own" {
	mkdir -p k/inner k/overlay
	pod inner >k/inner/inner.yaml
	printf 'resources: [inner.yaml]\n' >k/inner/kustomization.yaml
	pod outer >k/outer.yaml
	printf 'resources: [outer.yaml]\n' >k/kustomization.yaml
	program kustomize 'cat ./*er.yaml'
	inspect k
	exit_code 1
	same "$(cat kustomize.calls)" "$(printf 'k/inner: build .\nk: build .')"
	same "$(failures)" "$(printf 'k/inner/kustomization.yaml:Pod inner\nk/kustomization.yaml:Pod outer')"
	same "$(query '{f["message"] for f in findings}')" "container 'app' is privileged, as rendered by kustomize"
	# No line of a text that the user never sees, and no edit of it.
	same "$(query '{"line" in f["where"] or "edit" in f for f in findings}')" False
}

@test "kustomizations that list each other, and themselves, are not forgotten" {
	mkdir -p k/a k/b k/c
	printf 'resources: [../b]\n' >k/a/kustomization.yaml
	printf 'resources: [../a, x.yaml]\n' >k/b/kustomization.yaml
	printf 'resources: [.]\n' >k/c/kustomization.yaml
	pod x >k/b/x.yaml
	program kustomize 'echo "Error: cycle detected" >&2; exit 1'
	inspect k
	exit_code 1
	same "$(failures)" "k/b/x.yaml:Pod x"
	same "$(unknowns)" "$(printf 'CODE-READ k/a/kustomization.yaml\nCODE-READ k/c/kustomization.yaml')"
	unknown_finding CODE-READ "kustomize failed with exit code 1: Error: cycle detected"
}

@test "what leads out of what is inspected, or into the network, takes nothing off" {
	mkdir -p tree/k tree/github.com/a/b outside
	pod outside >outside/x.yaml
	pod remote >tree/github.com/a/b/x.yaml
	printf 'resources: [x.yaml]\n' >tree/github.com/a/b/kustomization.yaml
	printf 'resources: [../../outside/x.yaml, ../../../../../etc, /etc/passwd, ../github.com/../github.com/a/b/x.yaml]\n' >tree/k/kustomization.yaml
	printf 'resources: [github.com/a/b, "https://github.com/a/b", "git::file:///github.com/a/b"]\n' >tree/kustomization.yaml
	pod rendered false >rendered.yaml
	program kustomize "cat '$PWD/rendered.yaml'"
	inspect tree
	same "$(cat kustomize.calls)" "$(printf 'tree/github.com/a/b: build .\ntree/k: build .\ntree: build .')"
	same "$(unknowns)" ""
	inspect outside tree
	same "$(failures)" "outside/x.yaml:Pod outside"
}

@test "when it fails everything stays, and so does what cannot be read" {
	mkdir -p k/base
	pod b >k/base/b.yaml
	printf 'resources: [b.yaml]\n' >k/base/kustomization.yaml
	printf 'resources: [base]\n' >k/kustomization.yaml
	program kustomize 'echo "# Warning: deprecated" >&2; echo "Error: no such thing" >&2; echo usage >&2; exit 1'
	inspect k
	same "$(failures)" "k/base/b.yaml:Pod b"
	same "$(unknowns)" "CODE-READ k/kustomization.yaml"
	unknown_finding CODE-READ "exit code 1: Error: no such thing \\[k/"
	# Without such a line, the last.
	program kustomize 'echo "first" >&2; echo last >&2; echo >&2; exit 3'
	inspect k
	unknown_finding CODE-READ "exit code 3: last \\["
	program kustomize 'exit 3'
	inspect k
	unknown_finding CODE-READ "exit code 3: it says nothing \\["
	# What it lists cannot be told: all of it is judged besides.
	pod rendered false >rendered.yaml
	program kustomize "cat '$PWD/rendered.yaml'"
	printf 'resources: [base\n' >k/kustomization.yaml
	rm kustomize.calls
	inspect k
	same "$(cat kustomize.calls)" "$(printf 'k/base: build .\nk: build .')"
	printf 'resources: [b.yaml\n' >k/base/kustomization.yaml
	inspect k
	same "$(failures)" "k/base/b.yaml:Pod b"
}

@test "without the program, with --no-render and --offline it is unknown, and what to do fits" {
	mkdir -p k
	pod x false >k/x.yaml
	printf 'resources: [x.yaml]\n' >k/kustomization.yaml
	inspect k
	exit_code 3
	same "$(unknowns)" "CODE-TEMPLATE k/kustomization.yaml"
	unknown_finding CODE-TEMPLATE "kustomize is not installed"
	same "$(remedies)" "install kustomize"
	program kustomize 'cat x.yaml'
	program helm ':'
	inspect --offline k
	exit_code 3
	same "$(remedies)" "run without --offline"
	inspect --no-render k
	exit_code 3
	same "$(remedies)" "run without --no-render"
	[ ! -e kustomize.calls ]
	# A chart all of whose templates are plain objects, too.
	chart c
	pod x false >c/templates/web.yaml
	inspect --no-render c
	exit_code 3
	same "$(unknowns)" "CODE-TEMPLATE c/Chart.yaml"
	[ ! -e helm.calls ]
	# The file alone.
	inspect k/kustomization.yaml
	exit_code 3
	unknown_finding CODE-TEMPLATE
	same "$(remedies)" "name its directory instead of the file"
	inspect k
	exit_code 0
}

@test "findings of a chart are at the template that they come from, where there is one" {
	chart c
	mkdir -p c/charts/part/templates
	printf 'apiVersion: v2\nname: part\nversion: 1.0.0\n' >c/charts/part/Chart.yaml
	cp c/templates/web.yaml c/charts/part/templates/
	cp c/templates/web.yaml "c/templates/x.container"
	pod elsewhere false >elsewhere.yaml
	for from in web/templates/web.yaml web/templates/web.yaml web/charts/part/templates/web.yaml web/templates/gone.yaml \
		web/../elsewhere.yaml web/templates/../../elsewhere.yaml web/templates/x.container ../../etc/passwd x/; do
		printf -- '---\n# Source: %s\n' "$from"
		n=$((${n:-0} + 1))
		pod "p$n"
	done >rendered.yaml
	program helm "cat '$PWD/rendered.yaml'"
	inspect c
	exit_code 1
	same "$(failures)" "$(printf 'c/%s\n' 'Chart.yaml:Pod p4' 'Chart.yaml:Pod p5' 'Chart.yaml:Pod p6' 'Chart.yaml:Pod p7' \
		'Chart.yaml:Pod p8' 'Chart.yaml:Pod p9' 'charts/part/templates/web.yaml:Pod p3' 'templates/web.yaml:Pod p1' 'templates/web.yaml:Pod p2')"
	same "$(query '{f["message"] for f in findings}')" "container 'app' is privileged, as rendered by helm"
	same "$(query '{"line" in f["where"] or "edit" in f for f in findings}')" False
	# Each file that SARIF names is there.
	cscplate code --pss baseline --format sarif c >out.sarif || [ $? -eq 1 ]
	"$source/tests/cli/check-sarif.py" out.sarif
	for file in $(jq -r '.runs[0].results[].locations[0].physicalLocation.artifactLocation.uri' out.sarif); do
		[ -f "$file" ]
	done
	run --separate-stderr cscplate code --pss baseline c
	[[ $output == *"c/charts/part/templates/web.yaml"* ]]
	[[ $output != *'\x'* ]]
	# Only what begins a document tells.
	{ printf '# Source: web/templates/web.yaml\n' && pod a && printf '#---\n# Source: web/templates/web.yaml\n'; } >rendered.yaml
	inspect c
	same "$(failures)" "c/Chart.yaml:Pod a"
	# One part that cannot be read is one finding, and the others are judged.
	printf -- '---\n# Source: web/templates/web.yaml\na: [\n---\n# Source: web/charts/part/templates/web.yaml\n%s\n' "$(pod b)" >rendered.yaml
	inspect c
	same "$(failures)" "c/charts/part/templates/web.yaml:Pod b"
	same "$(unknowns)" "CODE-READ c/templates/web.yaml"
	unknown_finding CODE-READ "what helm made of it"
	# Nothing of it is a manifest.
	printf -- '---\n# Source: web/templates/web.yaml\na: 1\n---\n# Source: web/charts/part/templates/web.yaml\nb: 2\n' >rendered.yaml
	inspect c
	exit_code 3
	same "$(unknowns)" "CODE-READ c/Chart.yaml"
}

@test "names that begin with a dash, or have line breaks, blanks and quotes, are arguments of nobody" {
	odd=$'-x; touch "pwned"\n$(touch pwned)'
	mkdir -- "-rf"
	chart "-rf/$odd"
	mkdir -p -- "-rf/k$odd/base"
	printf 'resources: [base]\n' >"-rf/k$odd/kustomization.yaml"
	printf 'resources: [x.yaml]\n' >"-rf/k$odd/base/kustomization.yaml"
	pod x >"-rf/k$odd/base/x.yaml"
	pod helm >helm.yaml
	pod kustomize >kustomize.yaml
	program helm "[ \"\$*\" = 'template release .' ] && cat '$PWD/helm.yaml'"
	program kustomize "[ \"\$*\" = 'build .' ] && cat '$PWD/kustomize.yaml'"
	inspect ./-rf
	exit_code 1
	same "$(query 'sorted(f["subject"]["name"] for f in findings)')" "$(printf 'Pod helm\nPod kustomize')"
	[ -z "$(find . -name pwned)" ]
	cd -- -rf
	inspect .
	same "$(query 'sorted(f["subject"]["name"] for f in findings)')" "$(printf 'Pod helm\nPod kustomize')"
	[ -z "$(find . -name pwned)" ]
}

@test "markers that are links, directories or unreadable are no markers" {
	mkdir -p k/linked k/directory/kustomization.yaml outside
	printf 'resources: [x.yaml]\n' >outside/kustomization.yaml
	ln -s "$PWD/outside/kustomization.yaml" k/linked/kustomization.yaml
	ln -s "$PWD/outside" k/away
	pod x >k/linked/x.yaml
	program kustomize ':'
	inspect k
	exit_code 1
	same "$(failures)" "k/linked/x.yaml:Pod x"
	[ ! -e kustomize.calls ]
	same "$(query '[c["detail"] for c in r["coverage"] if "links" in c["name"]]')" "2 below k"
}

@test "thousands of them are one pass, and programs are run a thousand times at most" {
	mkdir many
	for ((i = 0; i < 1500; i++)); do
		mkdir "many/$i"
		: >"many/$i/Chart.yaml"
		echo 'resources: [x.yaml]' >"many/$i/kustomization.yaml"
	done
	inspect many
	exit_code 3
	same "$(query 'len(findings)')" 3000
	pod x false >rendered.yaml
	cat >programs/helm <<-SH
		#!/bin/sh
		echo >>"$PWD/calls"
		exec cat "$PWD/rendered.yaml"
	SH
	chmod +x programs/helm
	inspect many
	exit_code 3
	same "$(wc -l <calls)" 1000
	same "$(query 'sum(f["where"]["path"].endswith("Chart.yaml") for f in findings)')" 500
	unknown_finding CODE-TEMPLATE "there are more than 1000 charts and kustomizations"
}

# Fails if a process of that name is left.
gone() {
	local i
	for ((i = 0; i < 1000; i++)); do
		pgrep -f "^sleep 98765$1$" >/dev/null || return 0
		sleep 0.01
	done
	return 1
}

@test "what a program leaves running is ended, and so is all of it when cscplate is" {
	command -v pgrep >/dev/null || skip "no pgrep"
	mkdir k
	pod x >k/x.yaml
	printf 'resources: [x.yaml]\n' >k/kustomization.yaml
	program kustomize 'sleep 987651 & cat x.yaml'
	inspect k
	exit_code 1
	gone 1
	program kustomize 'sleep 987652 & sleep 987652'
	for signal in TERM INT HUP; do
		start code k >/dev/null
		until pgrep -f '^sleep 987652$' >/dev/null; do sleep 0.01; done
		kill -s "$signal" "$pid"
		ended
		gone 2
	done
}
