#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a subshell; helpers sets variables
# cscplate code as its users run it: what is found among files, what is said of it and where, and what
# waivers, filters and gates make of it.

setup() {
	load helpers
	isolate
	# Programs that this machine may have are not the tests'.
	mkdir programs
	PATH=$PWD/programs:/usr/bin:/bin
}

# Inspects to JSON in out.json: sets $status, $output (nothing), $stderr.
inspect() {
	run --separate-stderr cscplate code --no-progress --format json --output out.json "$@"
}

# "CHECK object path:line:column field" of each failure, of checks that begin with $1.
places() {
	query "[f'{f[\"check\"]} {f[\"subject\"][\"name\"]} {f[\"where\"][\"path\"]}:{f[\"where\"][\"line\"]}:'
		f'{f[\"where\"][\"column\"]} {f[\"where\"][\"field\"]}'
		for f in findings if f['outcome'] == 'fail' and f['check'].startswith('$1')]"
}
# The checks that failed and count, or with "waived" those that were waived and why.
counting() {
	query 'sorted({f["check"] for f in findings if f["gates"]})'
}
waived() {
	query 'sorted(f["check"] + ": " + f["waiver"]["reason"] for f in findings if f.get("waiver"))'
}
objects() {
	query 'sorted({f["subject"]["name"] for f in findings})'
}

# A Deployment that meets every standard: good NAME [NAMESPACE] [ANNOTATION: VALUE]
good() {
	cat <<-YAML
		apiVersion: apps/v1
		kind: Deployment
		metadata:
		  name: $1
		  namespace: ${2:-shop}
		  annotations: {${3:-}}
		spec:
		  replicas: 3
		  selector: {matchLabels: {app: $1}}
		  template:
		    metadata: {labels: {app: $1}}
		    spec:
		      automountServiceAccountToken: false
		      securityContext:
		        runAsNonRoot: true
		        runAsUser: 20000
		        runAsGroup: 20000
		        seccompProfile: {type: RuntimeDefault}
		      containers:
		        - name: app
		          image: registry.example/$1:1.2@sha256:$(printf '%064d' 7)
		          imagePullPolicy: Always
		          resources:
		            requests: {cpu: 100m, memory: 64Mi}
		            limits: {cpu: 200m, memory: 64Mi}
		          securityContext:
		            allowPrivilegeEscalation: false
		            readOnlyRootFilesystem: true
		            capabilities: {drop: [ALL]}
	YAML
}
# The same, but privileged.
bad() {
	good "$@" | sed 's/^\( *\)allowPrivilegeEscalation: false/\1privileged: true/'
}

@test "a file, a directory and standard input say the same" {
	mkdir deploy
	bad web >deploy/web.yaml
	inspect --pss baseline deploy/web.yaml
	exit_code 1
	same "$(places PSS)" "PSS-PRIVILEGED Deployment shop/web deploy/web.yaml:27:25 .spec.template.spec.containers[0].securityContext.privileged"
	inspect --pss baseline deploy
	exit_code 1
	same "$(places PSS)" "PSS-PRIVILEGED Deployment shop/web deploy/web.yaml:27:25 .spec.template.spec.containers[0].securityContext.privileged"
	inspect --pss baseline deploy/
	same "$(query 'findings[0]["where"]["path"]')" deploy/web.yaml
	inspect --pss baseline - <deploy/web.yaml
	exit_code 1
	same "$(places PSS)" "PSS-PRIVILEGED Deployment shop/web <stdin>:27:25 .spec.template.spec.containers[0].securityContext.privileged"
	cd deploy
	inspect --pss baseline .
	same "$(query 'findings[0]["where"]["path"]')" web.yaml
}

@test "several paths are one result" {
	mkdir a b
	good web >a/web.yaml
	bad db >b/db.yaml
	inspect --pss restricted a b/db.yaml
	exit_code 1
	same "$(query '[c["detail"] for c in r["coverage"]]')" \
		"$(printf '1 object in 1 of 1 file\n1 object in 1 of 1 file')"
	same "$(objects)" "Deployment shop/db"
	same "$(query '[t["pass"] + t["fail"] for t in r["tallies"] if t["check"] == "PSS-SECCOMP-PROFILE-RESTRICTED"]')" 2
}

@test "--pss: exit code 0 when every object meets the standard, 1 when one does not, for each by its control" {
	mkdir deploy
	good web >deploy/web.yaml
	inspect --pss restricted deploy
	exit_code 0
	same "$(query 'findings')" ""
	bad db >deploy/db.yaml
	{
		good one
		echo ---
		good two | sed 's/runAsUser: 20000/runAsUser: 0/'
	} >deploy/two.yaml
	inspect --pss baseline deploy
	exit_code 1
	same "$(query 'sorted(f["subject"]["name"] + " " + f["check"] for f in findings)')" \
		"Deployment shop/db PSS-PRIVILEGED"
	inspect --pss restricted deploy
	exit_code 1
	same "$(query 'sorted(f["subject"]["name"] + " " + f["check"] for f in findings)')" "$(
		echo Deployment shop/db PSS-ALLOW-PRIVILEGE-ESCALATION
		echo Deployment shop/db PSS-PRIVILEGED
		echo Deployment shop/two PSS-RUN-AS-USER
	)"
	same "$(query '{ref["clause"] for c in r["checks"] if c["id"] == "PSS-RUN-AS-USER" for ref in c["references"] if "Pod" in ref["standard"]}')" runAsUser
	# Until 1.22 nobody asked which user it is.
	inspect --pss restricted:1.22 deploy/two.yaml
	exit_code 0
	inspect --pss restricted:v1.23 deploy/two.yaml
	exit_code 1
	same "$(query 'r["standard"]')" "Pod Security Standard restricted, version 1.23"
	# Only the standard counts: nothing else is asked, and its own severities do not matter.
	same "$(query '[t["check"] for t in r["tallies"] if not t["check"].startswith(("PSS-", "CODE-", "OBJ-SHAPE"))]')" ""
}

@test "--pss and --kubernetes-version: what cannot be taken is wrong usage" {
	good web >web.yaml
	for level in strict baseline:2.0 baseline:1.99 restricted: restricted:1.x ""; do
		inspect --pss "$level" web.yaml
		exit_code 2
		complains "cscplate: .*--pss|cscplate: .*'?${level%%:*}"
	done
	for version in 2.1 1 1.x 31 ""; do
		inspect --kubernetes-version "$version" web.yaml
		exit_code 2
		complains "cannot take --kubernetes-version '$version'"
	done
	run --separate-stderr cscplate code
	exit_code 2
}

@test "--kubernetes-version: what is gone from that release on" {
	cat >old.yaml <<-'YAML'
		apiVersion: policy/v1beta1
		kind: PodDisruptionBudget
		metadata: {name: web, namespace: shop}
		spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
	YAML
	inspect --kubernetes-version 1.24 old.yaml
	same "$(places OBJ-API)" "OBJ-API-DEPRECATED PodDisruptionBudget shop/web old.yaml:1:13 .apiVersion"
	inspect --kubernetes-version v1.25.3 old.yaml
	same "$(places OBJ-API)" "OBJ-API-REMOVED PodDisruptionBudget shop/web old.yaml:1:13 .apiVersion"
}

@test "--kind and --namespace choose what is judged, whatever their case" {
	mkdir deploy
	{
		bad web
		echo ---
		bad db data
		echo ---
		bad job | sed -e 's/^kind: .*/kind: StatefulSet/' -e 's/^  replicas/  serviceName: x\n  replicas/'
		echo ---
		bad lone | sed '/^  namespace:/d'
	} >deploy/all.yaml
	inspect --pss baseline --kind statefulset deploy
	exit_code 1
	same "$(objects)" "StatefulSet shop/job"
	inspect --pss baseline --namespace data --kind Deployment deploy
	same "$(objects)" "Deployment data/db"
	inspect --pss baseline -n data -n default deploy
	same "$(objects)" "$(printf 'Deployment data/db\nDeployment lone')"
	inspect --pss baseline --kind Pod deploy
	exit_code 3
	unknown_finding CODE-FOUND "none of 4 objects is of the kinds and namespaces asked for"
	same "$(query 'r["coverage"][0]["detail"]')" "0 objects in 1 of 1 file"
}

# The exit code and what counts, of the one check that the annotations of these tests are about.
privileged() {
	inspect --fail-on critical "$@"
	[ "$(counting | grep -v PSS-PRIVILEGED)" = "" ]
	counting
}

@test "annotations of ours and of other tools waive for their object alone" {
	{
		bad web shop "ignore.cscplate.io/PSS-PRIVILEGED: it needs the GPU"
		echo ---
		bad db
	} >all.yaml
	same "$(privileged all.yaml)" PSS-PRIVILEGED
	inspect --fail-on critical all.yaml
	exit_code 1
	same "$(waived)" "PSS-PRIVILEGED: annotation ignore.cscplate.io/PSS-PRIVILEGED: it needs the GPU"
	same "$(query '[f["subject"]["name"] for f in findings if f["gates"]]')" "Deployment shop/db"
	same "$(query 'r["summary"]["waived"]')" 1
	inspect --no-annotations all.yaml
	same "$(waived)" ""

	for annotation in "ignore-check.kube-linter.io/privileged-container: it must" \
		"kube-linter.io/ignore-all: it must" "checkov.io/skip1: CKV_K8S_16=it must" \
		"checkov.io/skip: ckv_k8s_16" "kube-score/ignore: 'pod-probes, container-security-context-privileged'"; do
		bad web shop "$annotation" >one.yaml
		same "$annotation: $(privileged one.yaml)" "$annotation: "
		inspect --fail-on critical one.yaml
		exit_code 0
		waived | grep -Fq "PSS-PRIVILEGED: annotation ${annotation%%:*}"
	done
	# Ours want a reason, and the check by its name.
	for annotation in "ignore.cscplate.io/PSS-PRIVILEGED: ''" "ignore.cscplate.io/PSS-PRIVILEGED: ' '" \
		"ignore.cscplate.io/PSS: it must" "checkov.io/skip1: CKV_K8S_1=it must" \
		"example.com/ignore: PSS-PRIVILEGED"; do
		bad web shop "$annotation" >one.yaml
		same "$annotation: $(privileged one.yaml)" "$annotation: PSS-PRIVILEGED"
	done
}

@test "annotations of pods count for what makes the pods" {
	bad web | sed "s|metadata: {labels: {app: web}}|metadata: {annotations: {ignore.cscplate.io/PSS-PRIVILEGED: it must}}|" >web.yaml
	inspect --fail-on critical web.yaml
	exit_code 0
	same "$(waived)" "PSS-PRIVILEGED: annotation ignore.cscplate.io/PSS-PRIVILEGED: it must"
}

@test "--pss: an object meets the standard or does not, whatever it says of itself" {
	bad web shop "ignore.cscplate.io/PSS-PRIVILEGED: it must" >web.yaml
	inspect --pss baseline web.yaml
	exit_code 1
	same "$(waived)" ""
	same "$(counting)" PSS-PRIVILEGED
}

@test "the policy waives by object, field and path" {
	mkdir -p a b
	bad web >a/web.yaml
	bad web >b/web.yaml
	bad db >b/db.yaml
	policy() {
		printf 'version: 1\nwaivers:\n  - {id: PSS-PRIVILEGED, scope: {%s}, reason: it must%s}\n' "$1" "${2:-}" >policy.yaml
		inspect --pss baseline --policy policy.yaml a b
		query 'sorted(f["where"]["path"] for f in findings if f["gates"])'
	}
	same "$(policy 'object: "Deployment shop/web"')" b/db.yaml
	same "$(policy 'object: "Deployment */d?"')" "$(printf 'a/web.yaml\nb/web.yaml')"
	same "$(policy 'path: "b/*"')" a/web.yaml
	same "$(policy 'path: "b/*", object: "*/web"')" "$(printf 'a/web.yaml\nb/db.yaml')"
	same "$(policy 'field: "*.securityContext.privileged"')" ""
	same "$(policy 'field: "*.runAsUser"')" "$(printf 'a/web.yaml\nb/db.yaml\nb/web.yaml')"
	same "$(policy 'package: openssl')" "$(printf 'a/web.yaml\nb/db.yaml\nb/web.yaml')"
	# The last day that it holds is included.
	same "$(policy 'path: "*"' ', expires: 2026-01-01')" ""
	same "$(policy 'path: "*"' ', expires: 2025-12-31')" "$(printf 'a/web.yaml\nb/db.yaml\nb/web.yaml')"
	inspect --pss baseline --policy policy.yaml a b
	exit_code 1
	same "$(query 'sum(f["expired_waiver"] for f in findings)')" 3
	same "$(query 'r["summary"]["expired_waivers"]')" 3
}

@test "the gate: --fail-on, and severities of the policy" {
	good web | sed 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/' >web.yaml
	inspect --fail-on medium web.yaml
	exit_code 1
	same "$(counting)" CONF-READ-ONLY-ROOT
	inspect --fail-on high web.yaml
	exit_code 0
	inspect --fail-on never web.yaml
	exit_code 0
	printf 'version: 1\nregrade:\n  - {id: CONF-READ-ONLY-ROOT, severity: critical, scope: {object: "* shop/web"}}\n' >policy.yaml
	inspect --policy policy.yaml --fail-on high web.yaml
	exit_code 1
	same "$(query '[f["severity_before_policy"] for f in findings if f["gates"]]')" medium
	# It could not be assessed, whatever the gate says.
	sed -i 's/readOnlyRootFilesystem: false/readOnlyRootFilesystem: "true"/' web.yaml
	inspect --fail-on never web.yaml
	exit_code 3
	unknown_finding OBJ-SHAPE "text, a boolean is wanted"
	printf 'version: 1\ngate: {accept-unknown: [OBJ-SHAPE], fail-on: critical}\n' >policy.yaml
	inspect --policy policy.yaml web.yaml
	exit_code 0
}

@test "JSON fits its schema, whatever was found" {
	python3 -c 'import jsonschema' 2>/dev/null || skip "no python3-jsonschema"
	mkdir all
	bad web shop "ignore.cscplate.io/PSS-PRIVILEGED: it must" >all/web.yaml
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostPID: "true"}\n' >all/types.yaml
	printf 'apiVersion: v1\nkind: {{ .Kind }}\n' >all/template.yaml
	printf 'apiVersion: example.com/v1\nkind: Rollout\nmetadata: {name: x}\n' >all/custom.yaml
	printf 'apiVersion: v1\n\tkind: Pod\n' >all/broken.yaml
	printf '[Container]\nImage=x\n' >all/x.container
	inspect all
	exit_code 1
	"$source/tests/cli/check-result.py" out.json
	inspect --pss baseline all
	"$source/tests/cli/check-result.py" out.json
}

@test "SARIF keeps the rules of the standard, with the lines that a reader would open" {
	mkdir "some where"
	bad web >"some where/web.yaml"
	cscplate code --pss baseline --format sarif "some where" >out.sarif || [ $? -eq 1 ]
	"$source/tests/cli/check-sarif.py" out.sarif
	same "$(jq -r '.runs[0].results[] | select(.kind == "fail") | [.ruleId, .level,
		.locations[0].physicalLocation.artifactLocation.uri,
		.locations[0].physicalLocation.region.startLine,
		.locations[0].physicalLocation.region.startColumn,
		.locations[0].logicalLocations[0].fullyQualifiedName] | map(tostring) | join(" ")' out.sarif)" \
		"PSS-PRIVILEGED error some%20where/web.yaml 27 25 .spec.template.spec.containers[0].securityContext.privileged"
}

@test "the table tells an object with its place and the lines to write, without colour where none is wanted" {
	bad web >web.yaml
	run --separate-stderr env NO_COLOR=1 "$CSCPLATE_BINARY" code --pss baseline web.yaml
	exit_code 1
	[[ $output == *"Findings: 1 in 1 object"* ]]
	[[ $output == *"Deployment shop/web  web.yaml  1 critical"* ]]
	[[ $output == *"PSS-PRIVILEGED  container 'app' is privileged (line 27)"* ]]
	[[ $output == *"- privileged: true"*"+ privileged: false"* ]]
	[[ $output == *"FAIL  1 finding at or above low"* ]]
	[[ $output != *$'\e'* ]]
	run --separate-stderr cscplate code --pss baseline --color always web.yaml
	[[ $output == *$'\e['* ]]
	run --separate-stderr cscplate code --pss baseline --explain web.yaml
	[[ $output == *"to do  take privileged out"* ]]
	[[ $output == *"field  .spec.template.spec.containers[0].securityContext.privileged"* ]]
}

@test "a thousand objects with the same faults are one group with their count" {
	mkdir many
	for ((i = 0; i < 1000; i++)); do
		printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: web-%d, namespace: shop}\n' "$i"
		printf 'spec: {containers: [{name: app, image: x, securityContext: {privileged: true}}]}\n---\n'
	done >many/all.yaml
	bad odd >many/odd.yaml
	run --separate-stderr cscplate code --pss baseline many
	exit_code 1
	[[ $output == *"Findings: 1,001 in 1,001 objects"* ]]
	[[ $output == *"and 999 just like it"*"995 more"* ]]
	[[ $output == *"Deployment shop/odd"* ]]
	[ "$(wc -l <<<"$output")" -lt 40 ]
	inspect --pss baseline many
	same "$(query 'r["summary"]["gating"]')" 1001
}

@test "of many different objects the faults are told, with how many have each" {
	for ((i = 0; i < 30; i++)); do
		printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: web-%d, namespace: shop}\n' "$i"
		printf 'spec: {containers: [{name: app%d, image: x, securityContext: {privileged: true}}]}\n---\n' "$i"
	done >all.yaml
	run --separate-stderr cscplate code --pss baseline all.yaml
	exit_code 1
	[[ $output == *"PSS-PRIVILEGED  container is privileged: 30 objects"* ]]
	[[ $output == *"all.yaml:4"*"Pod shop/web-0: container 'app0' is privileged"* ]]
	[[ $output == *"and 27 more"* ]]
	[[ $output == *"--explain shows object by object"* ]]
	run --separate-stderr cscplate code --pss baseline --explain all.yaml
	[[ $output == *"Pod shop/web-29  all.yaml"* ]]
}

@test "documents of one file and items of lists have their lines" {
	cat >all.yaml <<-'YAML'
		# a comment before
		---
		apiVersion: v1
		kind: List
		items:
		  - apiVersion: v1
		    kind: Pod
		    metadata: {name: one}
		    spec:
		      hostPID: true
		      containers: [{name: a, image: x}]
		  - {apiVersion: v1, kind: Service, metadata: {name: two}}
		...
		---
		apiVersion: v1
		kind: PodList
		items:
		- metadata: {name: three}
		  spec:
		    containers:
		    - name: b
		      image: x
		      ports:
		      - {containerPort: 80, hostPort: 80}
		---
		# nothing
		---
		apiVersion: v1
		kind: Pod
		metadata: &four
		  name: four
		spec:
		  "hostNetwork": true
		  containers: []
	YAML
	inspect --pss baseline all.yaml
	exit_code 1
	same "$(places PSS)" "$(
		echo "PSS-HOST-NAMESPACES Pod one all.yaml:10:16 .spec.hostPID"
		echo "PSS-HOST-NAMESPACES Pod four all.yaml:33:18 .spec.hostNetwork"
		echo "PSS-HOST-PORTS Pod three all.yaml:24:39 .spec.containers[0].ports[0].hostPort"
	)"
}

@test "JSON has lines and columns, too" {
	printf '{"apiVersion": "v1", "kind": "Pod",\n "metadata": {"name": "x"},\n "spec": {"containers": [\n  {"name": "é", "image": "x", "securityContext": {"privileged": true}}]}}\n' >pod.json
	inspect --pss baseline pod.json
	exit_code 1
	# Columns count characters, as editors do.
	same "$(places PSS)" "PSS-PRIVILEGED Pod x pod.json:4:65 .spec.containers[0].securityContext.privileged"
}

@test "compose, Quadlet, ECS and Nomad are told by their content, and judged by the same rows" {
	mkdir all
	cat >all/compose.yaml <<-'YAML'
		services:
		  web:
		    image: example/web:1
		    privileged: true
		    volumes:
		      - /var/run/docker.sock:/var/run/docker.sock
	YAML
	printf '[Unit]\nDescription=web\n\n[Container]\nImage=example/web:1\nPodmanArgs=--privileged\n' >all/web.container
	cat >all/task.json <<-'JSON'
		{"family": "web", "containerDefinitions": [
		  {"name": "app", "image": "example/web:1",
		   "privileged": true}]}
	JSON
	cat >all/job.json <<-'JSON'
		{"Job": {"ID": "web", "TaskGroups": [{"Name": "front", "Tasks": [
		  {"Name": "app", "Driver": "docker",
		   "Config": {"image": "example/web:1", "privileged": true}}]}]}}
	JSON
	inspect all
	exit_code 1
	same "$(query 'sorted(f["subject"]["name"] + " " + f["where"]["path"] + ":" + str(f["where"]["line"]) for f in findings if f["check"] == "CONF-PRIVILEGED")')" "$(
		echo container web all/web.container:6
		echo group front all/job.json:3
		echo service web all/compose.yaml:4
		echo task definition web all/task.json:3
	)"
	same "$(query '{f["subject"]["name"] for f in findings if f["check"] == "CONF-ENGINE-SOCKET"}')" "service web"
	# The standard is one for pods.
	inspect --pss restricted all
	same "$(query 'findings')" ""
	inspect --kind service all
	same "$(objects)" "service web"
}

@test "what is no manifest is passed over, whatever it is" {
	mkdir -p repository/.github/workflows repository/node_modules/x repository/.git repository/src
	echo '{"name": "web", "version": "1.0.0", "scripts": {"services": "x"}}' >repository/package.json
	printf '{\n  // apiVersion of nothing\n  "compilerOptions": {"strict": true,},\n}\n' >repository/tsconfig.json
	cat >repository/.github/workflows/ci.yml <<-'YAML'
		on: push
		jobs:
		  test:
		    runs-on: ubuntu-24.04
		    services: {db: {image: "postgres:16"}}
		    steps: [{run: make test}]
	YAML
	printf 'key: "{{ no manifest }}"\n\tbroken\n' >repository/src/strings.yaml
	bad web >repository/node_modules/x/web.yaml
	bad web >repository/.git/web.yaml
	bad web >repository/web.yaml.orig
	inspect repository
	exit_code 3
	unknown_finding CODE-FOUND "no manifest"
	same "$(query 'len(findings)')" 1
	good web >repository/web.yaml
	inspect --pss restricted repository
	exit_code 0
	same "$(query 'r["coverage"][0]["detail"]')" "1 object in 1 of 5 files"
	# A file that the user names is another matter.
	inspect repository/package.json
	exit_code 3
	unknown_finding CODE-READ "there is no manifest of a known kind in it"
}

@test "templates that are not rendered are not assessed" {
	mkdir -p chart/templates
	printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' >chart/Chart.yaml
	printf 'replicas: 3\n' >chart/values.yaml
	printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n' >chart/templates/web.yaml
	inspect chart
	exit_code 3
	unknown_finding CODE-TEMPLATE
	same "$(query 'len(findings)')" 1
	inspect --no-render chart
	exit_code 3
	unknown_finding CODE-TEMPLATE
	# Not even where other things could be.
	good web >chart/web.yaml
	inspect --pss restricted --no-render chart
	exit_code 3
}

# A program of that name that runs a script, and writes down where and how it was called.
program() {
	cat >"programs/$1" <<-SH
		#!/bin/sh
		printf '%s ' "\${PWD#"$PWD/"}:" "\$@" >>"$PWD/$1.calls"
		$2
	SH
	chmod +x "programs/$1"
}

@test "charts are rendered by helm, and their templates are not read besides" {
	mkdir -p chart/templates chart/charts/part/templates
	printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' | tee chart/charts/part/Chart.yaml >chart/Chart.yaml
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .x }}}\n' | tee chart/charts/part/templates/a.yaml >chart/templates/web.yaml
	bad web >rendered.yaml
	program helm "cat '$PWD/rendered.yaml'"
	inspect --pss baseline chart
	exit_code 1
	same "$(counting)" PSS-PRIVILEGED
	same "$(query '{f["where"]["path"] for f in findings}')" chart/Chart.yaml
	same "$(query 'unknown')" ""
	same "$(cat helm.calls)" "chart: template release . "
	# From above, one call for each chart that is no part of another.
	rm helm.calls
	mkdir all
	mv chart all
	inspect --pss baseline all
	same "$(cat helm.calls)" "all/chart: template release . "
	rm helm.calls
	# A folder of that name is no part of a chart where there is none above it.
	mv all charts
	inspect --pss baseline charts
	same "$(cat helm.calls)" "charts/chart: template release . "
	inspect --pss baseline .
	same "$(query 'sorted({f["where"]["path"] for f in findings})')" "$(printf 'charts/chart/Chart.yaml\nrendered.yaml')"
	mv charts all
	rm helm.calls
	inspect --no-render --pss baseline all
	exit_code 3
	[ ! -e helm.calls ]
}

@test "kustomizations are rendered by kustomize, and what they build on is not read besides" {
	mkdir -p base overlay
	printf 'resources: [web.yaml]\n' >base/kustomization.yaml
	bad web >base/web.yaml
	printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\n' >overlay/kustomization.yaml
	good web >rendered.yaml
	program kustomize "cat '$PWD/rendered.yaml'"
	inspect --pss restricted overlay
	exit_code 0
	same "$(query 'findings')" ""
	same "$(cat kustomize.calls)" "overlay: build . "
	# Two overlays say the same of one object, which is applied by one of them.
	cp -r overlay other
	mkdir all
	mv base overlay other all
	inspect --pss restricted all
	exit_code 0
	same "$(query '[t["pass"] for t in r["tallies"] if t["check"] == "PSS-SECCOMP-PROFILE-RESTRICTED"]')" 2
	inspect all
	same "$(query '[f for f in failed if f.startswith("OBJ-DUPLICATE")]')" ""
	mv all/overlay .
	# It may fetch what it builds on.
	inspect --pss restricted --offline overlay
	exit_code 3
	unknown_finding CODE-TEMPLATE
}

@test "a program that fails, or prints what is no manifest, leaves nothing assessed" {
	mkdir -p chart/templates
	printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' >chart/Chart.yaml
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .x }}}\n' >chart/templates/web.yaml
	program helm 'echo "Error: values do not fit" >&2; echo second >&2; exit 7'
	inspect chart
	exit_code 3
	unknown_finding CODE-READ "helm failed with exit code 7: Error: values do not fit"
	program helm 'kill -9 $$'
	inspect chart
	exit_code 3
	unknown_finding CODE-READ "helm"
	program helm 'echo "key: value"'
	inspect chart
	exit_code 3
	program helm 'printf "a: [\n"'
	inspect chart
	exit_code 3
	unknown_finding CODE-READ
	program helm ':'
	inspect chart
	exit_code 3
	program helm 'yes "# apiVersion: 1"'
	inspect chart
	exit_code 3
	unknown_finding CODE-READ "helm.*limit"
}

@test "samples of the Pod Security Standards: by directory, through one process" {
	[ -d "$CSCPLATE_SHARED/samples/pss" ] || skip "no samples/pss in CSCPLATE_SHARED"
	for folder in "$CSCPLATE_SHARED"/samples/pss/*/*/; do
		version=${folder%/}
		version=${version##*/v}
		level=${folder%/*/}
		level=${level##*/}
		inspect --pss "$level:$version" "$folder/pass"
		exit_code 0
		inspect --pss "$level:$version" "$folder/fail"
		exit_code 1
		# Every file has one object at least that does not meet it.
		same "$(query 'len({f["where"]["path"] for f in findings})')" "$(find "$folder/fail" -name '*.yaml' | wc -l)"
	done
}

@test "the same input is the same output, byte for byte" {
	mkdir all
	for name in c a b; do bad $name >all/$name.yaml; done
	for format in json sarif table; do
		cscplate code --format $format all >first || [ $? -eq 1 ]
		cscplate code --format $format all >second || [ $? -eq 1 ]
		cmp first second
	done
}
