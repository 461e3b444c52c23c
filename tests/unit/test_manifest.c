/* Kubernetes objects as they are read from manifests, and what a document is taken for. */
#include "base/compat.h"

#include <ftw.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "core/workload.h"
#include "manifest/manifest.h"
#include "manifest/reader.h"

/* What was handed over, as text: one line for each object, and one for each of its malformed values. */
struct seen {
	struct buf text;
	unsigned n, n_workloads, n_malformed;
	int answer;
};

static int note(void *arg, const struct object *object)
{
	struct seen *seen = arg;

	seen->n++;
	seen->n_workloads += object->workload != NULL;
	seen->n_malformed += (unsigned)object->n_malformed;
	buf_addf(&seen->text, "%.*s %.*s %.*s/%.*s%s%.*s\n", STR_FMT(object->api_version),
		 STR_FMT(object->kind), STR_FMT(object->ns), STR_FMT(object->name),
		 object->workload ? " pod at " : "", STR_FMT(object->field));
	for (size_t i = 0; i < object->n_malformed; i++)
		buf_addf(&seen->text, "%.*s %.*s\n", STR_FMT(object->malformed[i].field),
			 STR_FMT(object->malformed[i].reason));
	return seen->answer;
}

/* Reads one document; what it is, with a NUL behind the text. */
static int read_document(const char *text, manifest_fn *take, void *arg)
{
	_cleanup_arena_ struct arena arena = {0};
	const struct yaml_node *root;
	struct err err = ERR_INIT;

	if (yaml_parse(str_from(text), &arena, &root, &err) < 0)
		fail_msg("%s: %s", err.text, text);
	return manifest_document(root, STR("x.yaml"), &arena, take, arg);
}

static void expect_seen(const char *text, int kind, const char *wanted)
{
	struct seen seen = {.text = BUF_INIT((size_t)1 << 20)};

	assert_int_equal(read_document(text, note, &seen), kind);
	buf_addf(&seen.text, "%c", 0);
	assert_string_equal(buf_str(&seen.text).ptr, wanted);
	buf_release(&seen.text);
}

/* --- Scalars ------------------------------------------------------------------------------------- */

static void scalars(void **state)
{
	enum {
		N = SCALAR_NULL,
		B = SCALAR_TRUTH,
		I = SCALAR_INTEGER,
		F = SCALAR_FRACTION,
		T = SCALAR_TEXT
	};
	static const struct {
		const char *text;
		int kind;
		int64_t value;
	} cases[] = {
		{"", N, 0},
		{"~", N, 0},
		{"null", N, 0},
		{"Null", N, 0},
		{"NULL", N, 0},
		{"nULL", T, 0},
		{"''", T, 0},
		{"none", T, 0},
		{"nil", T, 0},
		{"'null'", T, 0},
		{"true", B, 1},
		{"True", B, 1},
		{"TRUE", B, 1},
		{"yes", B, 1},
		{"Yes", B, 1},
		{"YES", B, 1},
		{"y", B, 1},
		{"Y", B, 1},
		{"on", B, 1},
		{"On", B, 1},
		{"ON", B, 1},
		{"false", B, 0},
		{"False", B, 0},
		{"FALSE", B, 0},
		{"no", B, 0},
		{"No", B, 0},
		{"NO", B, 0},
		{"n", B, 0},
		{"N", B, 0},
		{"off", B, 0},
		{"Off", B, 0},
		{"OFF", B, 0},
		{"tRUE", T, 0},
		{"'true'", T, 0},
		{"\"yes\"", T, 0},
		{"!!str true", T, 0},
		{"!!bool 'true'", B, 1},
		{"!foo true", T, 0},
		{"yea", T, 0},
		{"of", T, 0},
		{"0", I, 0},
		{"-0", I, 0},
		{"+1", I, 1},
		{"10", I, 10},
		{"-7", I, -7},
		{"010", I, 8},
		{"08", I, 8},
		{"0o17", I, 15},
		{"0x1F", I, 31},
		{"0X1f", I, 31},
		{"0b11", I, 3},
		{"-0b11", I, -3},
		{"-0x10", I, -16},
		{"1_000", I, 1000},
		{"0_7", I, 7},
		{"0x", T, 0},
		{"0xg", T, 0},
		{"0b2", T, 0},
		{"0o8", T, 0},
		{"_1", T, 0},
		{"1a", T, 0},
		{"+", T, 0},
		{"--1", T, 0},
		{"+-1", T, 0},
		{"'1'", T, 0},
		{"9223372036854775807", I, INT64_MAX},
		{"-9223372036854775808", I, INT64_MIN},
		{"9223372036854775808", F, 0},
		{"-9223372036854775809", F, 0},
		{"99999999999999999999999", F, 0},
		{"1.0", I, 1},
		{"1.", I, 1},
		{"2.50e1", I, 25},
		{"1e3", I, 1000},
		{"1E+3", I, 1000},
		{"-1.0", I, -1},
		{"100e-2", I, 1},
		{"0.0", I, 0},
		{"0e99999", F, 0},
		{".0", I, 0},
		{"1.5", F, 0},
		{".5", F, 0},
		{"-.5", F, 0},
		{"1e-3", F, 0},
		{"1e400", F, 0},
		{"1e18", I, 1000000000000000000},
		{"1e19", F, 0},
		{".", T, 0},
		{"e3", T, 0},
		{"1e", T, 0},
		{"1e+", T, 0},
		{"1.2.3", T, 0},
		{".e3", T, 0},
		{"1.0x", T, 0},
		{".inf", F, 0},
		{"-.Inf", F, 0},
		{".NaN", F, 0},
		{"-.nan", T, 0},
		{"inf", T, 0},
		{"2001-01-01", T, 0},
		{"1:30", T, 0},
		{"10.0.0.1", T, 0},
		{"[]", SCALAR_NOT, 0},
	};
	static const struct reader as_kubernetes = {.yaml_1_1 = true};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		const struct yaml_node *root;
		int64_t value = 0;
		char text[100];
		int kind;

		snprintf(text, sizeof(text), "v: %s\n", cases[i].text);
		assert_int_equal(yaml_parse(str_from(text), &arena, &root, NULL), 0);
		kind = (int)reader_scalar(&as_kubernetes, yaml_get(root, STR("v")), &value);
		if (kind != cases[i].kind)
			fail_msg("'%s' is %d, not %d", cases[i].text, kind, cases[i].kind);
		if ((kind == B || kind == I) && value != cases[i].value)
			fail_msg("'%s' is %" PRId64, cases[i].text, value);
	}
}

/* --- What a document is -------------------------------------------------------------------------- */

static void kinds(void **state)
{
	static const struct {
		const char *api_version, *kind;
		bool pod;
	} cases[] = {
		{"v1", "Pod", true},
		{"v1", "ReplicationController", true},
		{"v1", "PodTemplate", true},
		{"apps/v1", "Deployment", true},
		{"apps/v1beta1", "Deployment", true},
		{"apps/v1beta2", "Deployment", true},
		{"extensions/v1beta1", "Deployment", true},
		{"apps/v1", "ReplicaSet", true},
		{"apps/v1beta2", "ReplicaSet", true},
		{"extensions/v1beta1", "ReplicaSet", true},
		{"apps/v1", "StatefulSet", true},
		{"apps/v1beta1", "StatefulSet", true},
		{"apps/v1beta2", "StatefulSet", true},
		{"apps/v1", "DaemonSet", true},
		{"apps/v1beta2", "DaemonSet", true},
		{"extensions/v1beta1", "DaemonSet", true},
		{"batch/v1", "Job", true},
		{"batch/v2alpha1", "Job", true},
		{"extensions/v1beta1", "Job", true},
		{"batch/v1", "CronJob", true},
		{"batch/v1beta1", "CronJob", true},
		{"batch/v2alpha1", "CronJob", true},
		{"v1", "Service", false},
		{"v1", "ConfigMap", false},
		{"rbac.authorization.k8s.io/v1", "Role", false},
	};
	static const char pod[] = "{containers: [{name: c, image: i}]}";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct seen seen = {.text = BUF_INIT((size_t)1 << 20)};
		char text[500];

		/* The pod stands wherever any kind may have it. */
		snprintf(text, sizeof(text),
			 "apiVersion: %s\nkind: %s\nmetadata: {name: web}\n"
			 "spec: {containers: [{}], template: {spec: %s}, jobTemplate: {spec: "
			 "{template: {spec: %s}}}}\ntemplate: {spec: %s}\n",
			 cases[i].api_version, cases[i].kind, pod, pod, pod);
		assert_int_equal(read_document(text, note, &seen), MANIFEST_OBJECTS);
		assert_int_equal(seen.n, 1);
		if (seen.n_malformed)
			fail_msg("%.*s", STR_FMT(buf_str(&seen.text)));
		assert_int_equal(seen.n_workloads, cases[i].pod);
		buf_release(&seen.text);
	}
}

static void documents(void **state)
{
	static const struct {
		const char *text;
		int kind;
		const char *seen;
	} cases[] = {
		{"a: b\n", MANIFEST_NONE, ""},
		{"- apiVersion: v1\n  kind: Pod\n", MANIFEST_NONE, ""},
		{"text\n", MANIFEST_NONE, ""},
		{"", MANIFEST_NONE, ""},
		{"apiVersion: v2\nname: chart\nversion: 1.0.0\n", MANIFEST_NONE, ""},
		{"image: {repository: x}\nreplicas: 1\n", MANIFEST_NONE, ""},
		{"apiVersion: 1\ndatasources: []\n", MANIFEST_NONE, ""},
		{"kind: pipeline\nsteps: [{image: x}]\n", MANIFEST_NONE, ""},
		{"metadata: {name: x}\nspec: text\n", MANIFEST_NONE, ""},
		{"apiVersion: v1\nkind:\n", MANIFEST_OBJECTS,
		 "v1  /\n.kind is not there, text is wanted\n"},
		{"apiVersion: v1\nKind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: "
		 "b}]}\n",
		 MANIFEST_OBJECTS, "v1  /a pod at \n.kind is not there, text is wanted\n"},
		{"kind: Role\nmetadata: {name: a}\nrules: []\n", MANIFEST_OBJECTS,
		 " Role /a\n.apiVersion is not there, text is wanted\n"},
		{"metadata: {name: a}\nspec: {template: {spec: {containers: [{image: b}]}}}\n",
		 MANIFEST_OBJECTS,
		 "  /a pod at \n.apiVersion is not there, text is wanted\n"
		 ".kind is not there, text is wanted\n"},
		{"apiVersion: v1\nkind: Pods\nspec: {containers: [{image: b}]}\n", MANIFEST_OBJECTS,
		 "v1 Pods / pod at \n"
		 ".kind is none that v1 of Kubernetes has; meant is perhaps Pod\n"},
		{"apiVersion: apps/v1\nkind: Deploymnet\nspec: {template: {spec: {containers: "
		 "[{image: b}]}}}\n",
		 MANIFEST_OBJECTS,
		 "apps/v1 Deploymnet / pod at \n"
		 ".kind is none that apps/v1 of Kubernetes has; meant is perhaps Deployment\n"},
		{"apiVersion: v1\nkind: Gadget\n", MANIFEST_OBJECTS,
		 "v1 Gadget /\n.kind is none that v1 of Kubernetes has\n"},
		/* Other kinds, by where their pods are. */
		{"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {template: {spec: "
		 "{containers: "
		 "[{image: b}]}}}\n",
		 MANIFEST_OBJECTS, "argoproj.io/v1alpha1 Rollout / pod at \n"},
		{"apiVersion: kubeflow.org/v1\nkind: PyTorchJob\nspec: {r: {a: {template: {spec: "
		 "{containers: [{image: b}]}}}, b: {template: {spec: {containers: [{image: "
		 "b}]}}}}}\n",
		 MANIFEST_OBJECTS,
		 "kubeflow.org/v1 PyTorchJob / pod at \n.spec.r.b.template.spec has containers "
		 "that "
		 "are not read: what the kind makes of them is not known\n"},
		{"apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{image: b}]}\n",
		 MANIFEST_OBJECTS,
		 "tekton.dev/v1 Task /\n.spec has containers that are not read: what the kind "
		 "makes of "
		 "them is not known\n"},
		{"apiVersion: example.com/v1\nkind: Thing\nspec: {containers: [{port: 1}]}\n",
		 MANIFEST_OBJECTS, "example.com/v1 Thing /\n"},
		{"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "
		 "'a{{b'}\n",
		 MANIFEST_OBJECTS, "rbac.authorization.k8s.io/v1 ClusterRole /a{{b\n"},
		{"apiVersion: v1\nkind: Pod\nspec: {containers: [{volumeMounts: [{name: a}]}], "
		 "volumes: "
		 "[{name: b}]}\n",
		 MANIFEST_OBJECTS,
		 "v1 Pod / pod at \n.spec.containers[0].volumeMounts[0].name is no volume of the "
		 "pod\n"},
		{"apiVersion: apps/v1\nkind: StatefulSet\nspec: {template: {spec: {containers: "
		 "[{volumeMounts: [{name: a}]}]}}, volumeClaimTemplates: [{metadata: {name: "
		 "a}}]}\n",
		 MANIFEST_OBJECTS, "apps/v1 StatefulSet / pod at \n"},
		{"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
		 MANIFEST_NONE, ""},
		{"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
		 MANIFEST_NONE, ""},
		{"apiVersion: v1\nkind: Config\nclusters: []\n", MANIFEST_NONE, ""},
		{"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n",
		 MANIFEST_OBJECTS, "kustomize.toolkit.fluxcd.io/v1 Kustomization /\n"},
		{"apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n",
		 MANIFEST_OBJECTS, "v1 Service b/a\n"},
		{"apiVersion: v1\nkind: Service\nmetadata: {generateName: a-, name: ''}\n",
		 MANIFEST_OBJECTS, "v1 Service /a-\n"},
		{"{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": null}",
		 MANIFEST_OBJECTS, "v1 Secret /\n"},
		{"apiVersion: 1\nkind: Pod\n", MANIFEST_OBJECTS,
		 " Pod /\n.apiVersion is a number, text is wanted\n"
		 ".spec is not there, a mapping is wanted\n"},
		{"apiVersion: v1\nkind: [Pod]\n", MANIFEST_OBJECTS,
		 "v1  /\n.kind is a sequence, text is wanted\n"},
		{"apiVersion: ''\nkind: Service\n", MANIFEST_OBJECTS,
		 " Service /\n.apiVersion is empty\n"},
		{"apiVersion: v1\nkind: Service\nmetadata: x\n", MANIFEST_OBJECTS,
		 "v1 Service /\n.metadata is text, a mapping is wanted\n"},
		{"apiVersion: v1\nkind: Service\nmetadata: {labels: {a: 1, b: c, 'd.e/f': yes}}\n",
		 MANIFEST_OBJECTS,
		 "v1 Service /\n.metadata.labels.a is a number, text is wanted\n"
		 ".metadata.labels[\"d.e/f\"] is a boolean, text is wanted\n"},
		{"apiVersion: apps/v3\nkind: Deployment\nspec: {template: {spec: {}}}\n",
		 MANIFEST_OBJECTS,
		 "apps/v3 Deployment / pod at \n.apiVersion never had a kind Deployment\n"
		 ".spec.template.spec.containers has none, and a pod without a container is "
		 "refused\n"},
		{"apiVersion: v1\nkind: Deployment\nspec: {template: {spec: {}}}\n",
		 MANIFEST_OBJECTS,
		 "v1 Deployment / pod at \n.apiVersion never had a kind Deployment\n"
		 ".spec.template.spec.containers has none, and a pod without a container is "
		 "refused\n"},
		{"apiVersion: v1\nkind: Pod\nspec: 5\n", MANIFEST_OBJECTS,
		 "v1 Pod /\n.spec is a number, a mapping is wanted\n"},
		{"apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {}}}\n",
		 MANIFEST_OBJECTS,
		 "batch/v1 CronJob /\n"
		 ".spec.jobTemplate.spec.template is not there, a mapping is wanted\n"},
		{"x: &x {privileged: yes}\napiVersion: v1\nkind: Pod\nspec: {containers: "
		 "[{securityContext: {privileged: no, <<: *x}}]}\n",
		 MANIFEST_OBJECTS,
		 "v1 Pod / pod at \n.spec.containers[0].securityContext has a key that a merge "
		 "behind it has, too: which of both counts depends on the reader\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect_seen(cases[i].text, cases[i].kind, cases[i].seen);
}

static void lists(void **state)
{
	expect_seen("apiVersion: v1\nkind: List\nitems:\n"
		    "- {apiVersion: v1, kind: Service, metadata: {name: a}}\n"
		    "- {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{}]}}\n"
		    "- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret}]}\n",
		    MANIFEST_OBJECTS,
		    "v1 Service /a.items[0]\nv1 Pod /b pod at .items[1]\n"
		    "v1 Secret /.items[2].items[0]\n");
	/* Items of a list of one kind need not say it. */
	expect_seen("apiVersion: apps/v1\nkind: DeploymentList\nitems:\n"
		    "- {metadata: {name: a}, spec: {template: {spec: {containers: [{}]}}}}\n"
		    "- {kind: Service, metadata: {name: b}}\n",
		    MANIFEST_OBJECTS,
		    "apps/v1 Deployment /a pod at .items[0]\n"
		    " Service /b.items[1]\n.apiVersion is not there, text is wanted\n");
	expect_seen("apiVersion: v1\nkind: List\nitems: [5, {}, {kind: }]\n", MANIFEST_OBJECTS,
		    "v1 List /\n.items[0] is no object with a kind\n"
		    ".items[1] is no object with a kind\n.items[2] is no object with a kind\n");
	expect_seen("apiVersion: v1\nkind: List\nitems: []\n", MANIFEST_OBJECTS, "");
	expect_seen("apiVersion: v1\nkind: List\n", MANIFEST_OBJECTS, "v1 List /\n");
	expect_seen("apiVersion: v1\nkind: PodList\nitems: {kind: Pod}\n", MANIFEST_OBJECTS,
		    "v1 PodList /\n.items is a mapping, a sequence is wanted\n");
}

#define REVIEW "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\n"

static void reviews(void **state)
{
	/* What there would be is taken, what there was is not. */
	expect_seen(REVIEW
		    "request:\n  operation: UPDATE\n"
		    "  object: {apiVersion: v1, kind: Pod, metadata: {name: new, namespace: ns},"
		    " spec: {containers: [{}]}}\n"
		    "  oldObject: {apiVersion: v1, kind: Pod, metadata: {name: old}}\n",
		    MANIFEST_OBJECTS, "v1 Pod ns/new pod at .request.object\n");
	expect_seen(
		"{apiVersion: admission.k8s.io/v1beta1, kind: AdmissionReview, request: {object: "
		"{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret}]}}}",
		MANIFEST_OBJECTS, "v1 Secret /.request.object.items[0]\n");
	expect_seen("apiVersion: v1\nkind: List\nitems: [{apiVersion: admission.k8s.io/v1, kind: "
		    "AdmissionReview, request: {object: {apiVersion: v1, kind: Secret}}}]\n",
		    MANIFEST_OBJECTS, "v1 Secret /.items[0].request.object\n");
	expect_seen("apiVersion: admission.k8s.io/v1\nkind: AdmissionReviewList\n"
		    "items: [{request: {object: {apiVersion: v1, kind: Secret}}}]\n",
		    MANIFEST_OBJECTS, "v1 Secret /.items[0].request.object\n");
	expect_seen(REVIEW "request: {object: {apiVersion: v1}}\n", MANIFEST_OBJECTS,
		    "v1  /.request.object\n.kind is not there, text is wanted\n");
	/* These may have none. */
	expect_seen(REVIEW "request: {operation: DELETE, object: null, oldObject: {}}\n",
		    MANIFEST_OBJECTS, "admission.k8s.io/v1 AdmissionReview /\n");
	expect_seen(REVIEW "request: {operation: CONNECT}\n", MANIFEST_OBJECTS,
		    "admission.k8s.io/v1 AdmissionReview /\n");
	expect_seen(REVIEW "request: {operation: DELETE, object: {apiVersion: v1, kind: Pod}}\n",
		    MANIFEST_OBJECTS,
		    "v1 Pod /.request.object\n.spec is not there, a mapping is wanted\n");
	/* Others must. */
	expect_seen(REVIEW "request: {operation: CREATE}\n", MANIFEST_OBJECTS,
		    "admission.k8s.io/v1 AdmissionReview /\n"
		    ".request.object is not there, a mapping is wanted\n");
	expect_seen(REVIEW "request: {operation: [DELETE]}\n", MANIFEST_OBJECTS,
		    "admission.k8s.io/v1 AdmissionReview /\n"
		    ".request.object is not there, a mapping is wanted\n");
	expect_seen(REVIEW "request: {operation: DELETE, object: pod}\n", MANIFEST_OBJECTS,
		    "admission.k8s.io/v1 AdmissionReview /\n"
		    ".request.object is text, a mapping is wanted\n");
	expect_seen(REVIEW "response: {allowed: true}\n", MANIFEST_OBJECTS,
		    "admission.k8s.io/v1 AdmissionReview /\n"
		    ".request is not there, a mapping is wanted\n");
	expect_seen(REVIEW "request: no\n", MANIFEST_OBJECTS,
		    "admission.k8s.io/v1 AdmissionReview /\n"
		    ".request is a boolean, a mapping is wanted\n");
	/* Of another group it is a kind like any other. */
	expect_seen("{apiVersion: example.com/v1, kind: AdmissionReview}", MANIFEST_OBJECTS,
		    "example.com/v1 AdmissionReview /\n");
}

static void templates(void **state)
{
	static const char head[] = "apiVersion: v1\nkind: Pod\n";
	static const struct {
		const char *text;
		bool template;
	} cases[] = {
		{"metadata: {name: '{{ .Release.Name }}'}\nspec: {}\n", true},
		{"metadata: {namespace: 'a-{{ .x }}'}\nspec: {}\n", true},
		{"spec: {hostNetwork: '{{ .Values.host }}'}\n", true},
		{"spec: {hostNetwork: 'x'}\n", false},
		/* What programs of the cluster fill in. */
		{"metadata: {annotations: {a: '{{ $labels.x }}'}}\nspec: {}\n", false},
		{"spec: {containers: [{args: ['{{inputs.x}}']}]}\n", false},
		{"spec: {containers: [{image: 'a:{{ .Values.tag }}'}]}\n", false},
	};
	static const struct {
		const char *text;
		bool template;
	} bytes[] = {
		{"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n", true},
		{"# comment\n{{- if .Values.x }}\na: b\n{{- end }}\n", true},
		{"{{ include \"common.deployment\" . }}\n", true},
		{"services:\n  {{ range .x }}\n", true},
		{"a: [\nb: {{ x }}\n", false},
		{"apiVersion: v1\nkind: [\n", false},
		{"apiVersion: v1 # {{ x }}\nkind: [\n", false},
		{"", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct seen seen = {.text = BUF_INIT((size_t)1 << 20)};
		char text[500];

		snprintf(text, sizeof(text), "%s%s", head, cases[i].text);
		assert_int_equal(read_document(text, note, &seen),
				 cases[i].template ? MANIFEST_TEMPLATE : MANIFEST_OBJECTS);
		assert_int_equal(seen.n, !cases[i].template);
		buf_release(&seen.text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
		if (manifest_is_template(str_from(bytes[i].text)) != bytes[i].template)
			fail_msg("%s", bytes[i].text);
}

/* --- Values -------------------------------------------------------------------------------------- */

/* Each is a field of a pod's spec, or of its one container, with what is said of it. */
static void wrong_types(void **state)
{
	static const struct {
		const char *spec, *container, *wanted;
	} cases[] = {
		{"hostNetwork: 'true'", "", ".spec.hostNetwork is text, a boolean is wanted"},
		{"hostPID: 1", "", ".spec.hostPID is a number, a boolean is wanted"},
		{"hostIPC: []", "", ".spec.hostIPC is a sequence, a boolean is wanted"},
		{"hostIPC: null", "", ""},
		{"hostIPC: y", "", ""},
		{"serviceAccountName: 1", "",
		 ".spec.serviceAccountName is a number, text is wanted"},
		{"serviceAccountName: off", "",
		 ".spec.serviceAccountName is a boolean, text is wanted"},
		{"securityContext: []", "",
		 ".spec.securityContext is a sequence, a mapping is wanted"},
		{"securityContext: {runAsUser: '0'}", "",
		 ".spec.securityContext.runAsUser is text, a number is wanted"},
		{"securityContext: {runAsUser: 1.5}", "",
		 ".spec.securityContext.runAsUser is no integer that fits in 64 bits"},
		{"securityContext: {runAsUser: 99999999999999999999}", "",
		 ".spec.securityContext.runAsUser is no integer that fits in 64 bits"},
		{"securityContext: {runAsUser: 1e3}", "", ""},
		/* A field of containers means nothing here. */
		{"securityContext: {privileged: 'true'}", "", ""},
		{"securityContext: {supplementalGroups: [1, a]}", "",
		 ".spec.securityContext.supplementalGroups[1] is text, an integer is wanted"},
		{"securityContext: {sysctls: [{name: 1}]}", "",
		 ".spec.securityContext.sysctls[0].name is a number, text is wanted"},
		{"securityContext: {seccompProfile: Unconfined}", "",
		 ".spec.securityContext.seccompProfile is text, a mapping is wanted"},
		{"os: linux", "", ".spec.os is text, a mapping is wanted"},
		{"nodeSelector: {ssd: true}", "",
		 ".spec.nodeSelector.ssd is a boolean, text is wanted"},
		{"volumes: {a: b}", "", ".spec.volumes is a mapping, a sequence is wanted"},
		{"volumes: [null]", "", ".spec.volumes[0] is nothing, a mapping is wanted"},
		{"volumes: [{hostPath: /}]", "",
		 ".spec.volumes[0].hostPath is text, a mapping is wanted"},
		{"volumes: [{hostPath: {path: 1}}]", "",
		 ".spec.volumes[0].hostPath.path is a number, text is wanted"},
		{"volumes: [{emptyDir: {}, nfs: {}}]", "",
		 ".spec.volumes[0].nfs is a second source of the volume"},
		{"volumes: [{emptyDir: {}, nfs: null}]", "", ""},
		{"affinity: {podAntiAffinity: []}", "",
		 ".spec.affinity.podAntiAffinity is a sequence, a mapping is wanted"},
		{"initContainers: x", "", ".spec.initContainers is text, a sequence is wanted"},
		{"initContainers: [x]", "", ".spec.initContainers[0] is text, a mapping is wanted"},
		{"", "image: 1.10", ".spec.containers[0].image is a number, text is wanted"},
		{"", "image: !!str 1.10", ""},
		{"", "tty: 'no'", ".spec.containers[0].tty is text, a boolean is wanted"},
		{"", "stdinOnce: 1",
		 ".spec.containers[0].stdinOnce is a number, a boolean is wanted"},
		{"", "ports: [80]",
		 ".spec.containers[0].ports[0] is a number, a mapping is wanted"},
		{"", "ports: [{hostPort: '80'}]",
		 ".spec.containers[0].ports[0].hostPort is text, a number is wanted"},
		{"", "ports: [{hostPort: 2147483648}]",
		 ".spec.containers[0].ports[0].hostPort is no integer that fits in 32 bits"},
		{"", "ports: [{hostPort: 70000}]", ""},
		{"", "env: [{name: A, value: 1}]",
		 ".spec.containers[0].env[0].value is a number, text is wanted"},
		{"", "env: {A: b}", ".spec.containers[0].env is a mapping, a sequence is wanted"},
		{"", "command: sh", ".spec.containers[0].command is text, a sequence is wanted"},
		{"", "args: [a, 1]", ".spec.containers[0].args[1] is a number, text is wanted"},
		{"", "resources: {limits: {cpu: lots}}",
		 ".spec.containers[0].resources.limits.cpu is not written as a quantity is"},
		{"", "resources: {limits: {cpu: true}}",
		 ".spec.containers[0].resources.limits.cpu is a boolean, a quantity is wanted"},
		{"", "resources: {limits: {x/y: 1 Gi}}",
		 ".spec.containers[0].resources.limits[\"x/y\"] is not written as a quantity is"},
		{"", "resources: {limits: {cpu: 1.5, memory: 1e3, x: 1E6, y: -1.5Ki, z: '1e-3'}}",
		 ""},
		{"", "securityContext: {privileged: 'false'}",
		 ".spec.containers[0].securityContext.privileged is text, a boolean is wanted"},
		{"", "securityContext: {capabilities: [ALL]}",
		 ".spec.containers[0].securityContext.capabilities is a sequence, a mapping is "
		 "wanted"},
		{"", "securityContext: {capabilities: {add: ALL}}",
		 ".spec.containers[0].securityContext.capabilities.add is text, a sequence is "
		 "wanted"},
		{"", "securityContext: {windowsOptions: {hostProcess: 'x'}}",
		 ".spec.containers[0].securityContext.windowsOptions.hostProcess is text, a "
		 "boolean "
		 "is wanted"},
		{"", "livenessProbe: {httpGet: {host: 1}}",
		 ".spec.containers[0].livenessProbe.httpGet.host is a number, text is wanted"},
		{"", "lifecycle: {preStop: x}",
		 ".spec.containers[0].lifecycle.preStop is text, a mapping is wanted"},
		{"volumes: [{name: v}]", "volumeMounts: [{name: v, readOnly: 'yes'}]",
		 ".spec.containers[0].volumeMounts[0].readOnly is text, a boolean is wanted"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[500], wanted[500];

		snprintf(text, sizeof(text),
			 "apiVersion: v1\nkind: Pod\nspec: {%s%scontainers: [{%s}]}\n",
			 cases[i].spec, cases[i].spec[0] ? ", " : "", cases[i].container);
		snprintf(wanted, sizeof(wanted), "v1 Pod / pod at \n%s%s", cases[i].wanted,
			 cases[i].wanted[0] ? "\n" : "");
		expect_seen(text, MANIFEST_OBJECTS, wanted);
	}
}

static void expect_str(struct str seen, const char *wanted)
{
	if (!str_eq(seen, str_from(wanted)))
		fail_msg("'%.*s' is not '%s'", STR_FMT(seen), wanted);
}

static void expect_text(struct text seen, const char *wanted)
{
	assert_int_equal(seen.set, wanted != NULL);
	expect_str(seen.text, wanted ? wanted : "");
}

static void expect_list(struct text_list seen, const char *wanted)
{
	_cleanup_buf_ struct buf text = BUF_INIT(1000);

	for (size_t i = 0; i < seen.n; i++)
		buf_addf(&text, "%s%.*s", i ? " " : "", STR_FMT(seen.items[i]));
	expect_str(buf_str(&text), wanted);
}

static void expect_number(struct number seen, int64_t wanted)
{
	assert_true(seen.set);
	assert_int_equal(seen.value, wanted);
}

static void check_pod(const struct workload *w)
{
	expect_str(w->pod.field, ".spec.template.spec");
	expect_str(w->metadata.field, ".spec.template.metadata");
	assert_int_equal(w->labels->n, 1);
	assert_true(w->template);
	assert_int_equal(w->host_network, TRUTH_YES);
	assert_int_equal(w->host_pid, TRUTH_NO);
	assert_int_equal(w->host_ipc, TRUTH_NO);
	assert_int_equal(w->host_uts, TRUTH_UNSET);
	assert_int_equal(w->host_users, TRUTH_NO);
	assert_int_equal(w->share_process_namespace, TRUTH_YES);
	assert_int_equal(w->automount_token, TRUTH_NO);
	assert_false(w->windows);
	expect_str(w->service_account, "shop");
	expect_number(w->replicas, 3);
	expect_number(w->grace_seconds, 30);
	expect_str(w->priority_class, "high");
	expect_str(w->restart_policy, "");
	assert_int_equal(w->host_aliases->n, 1);
	assert_true(w->has_affinity);
	assert_true(w->has_spread);
	expect_list(w->pull_secrets, "registry");
	expect_text(w->seccomp_annotation, "docker/default");
	expect_str(w->security.place.field, ".spec.template.spec.securityContext");
	assert_int_equal(w->security.run_as_non_root, TRUTH_YES);
	expect_number(w->security.run_as_user, 8);
	expect_number(w->security.fs_group, 2000);
	assert_false(w->security.run_as_group.set);
	expect_list(w->security.supplemental_groups, "1 2 1000");
	expect_list(w->security.sysctls, "net.ipv4.ip_forward");
	assert_true(w->security.has_seccomp);
	assert_false(w->security.has_apparmor);
	expect_text(w->security.seccomp, "RuntimeDefault");
	expect_text(w->security.selinux_user, "u");
	expect_text(w->security.selinux_role, "r");
	expect_text(w->security.selinux_type, "container_t");
	expect_text(w->security.selinux_level, "s0");
	assert_int_equal(w->security.host_process, TRUTH_NO);
	assert_int_equal(w->security.privileged, TRUTH_UNSET);
}

static void check_volumes(const struct workload *w)
{
	static const struct {
		const char *name, *source, *reference;
		enum volume_kind kind;
	} wanted[] = {
		{"data", "hostPath", "/var/run/docker.sock", VOLUME_HOST_PATH},
		{"tmp", "", "", VOLUME_NONE},
		{"both", "hostPath", "/", VOLUME_HOST_PATH},
		{"claim", "persistentVolumeClaim", "c", VOLUME_CLAIM},
		{"certs", "secret", "s", VOLUME_SECRET},
		{"share", "nfs", "", VOLUME_OTHER},
	};

	assert_int_equal(w->n_volumes, ARRAY_LEN(wanted));
	for (size_t i = 0; i < w->n_volumes; i++) {
		expect_str(w->volumes[i].name, wanted[i].name);
		expect_str(w->volumes[i].source, wanted[i].source);
		expect_str(w->volumes[i].reference, wanted[i].reference);
		assert_int_equal(w->volumes[i].kind, wanted[i].kind);
	}
	expect_str(w->volumes[1].place.field, ".spec.template.spec.volumes[1]");
}

static void check_container(const struct workload *w, const struct container *c)
{
	expect_str(c->place.field, ".spec.template.spec.containers[0]");
	expect_text(c->image, "registry.example/shop@sha256:0000");
	expect_str(c->pull_policy, "Always");
	expect_list(c->command, "/shop");
	expect_list(c->args, "--port 8080");
	assert_int_equal(c->tty, TRUTH_YES);
	assert_int_equal(c->stdin_open, TRUTH_YES);
	assert_int_equal(c->n_ports, 1);
	expect_number(c->ports[0].host, 80);
	expect_number(c->ports[0].container, 8080);
	expect_str(c->ports[0].host_ip, "127.0.0.1");
	expect_str(c->ports[0].protocol, "TCP");
	assert_int_equal(c->n_env, 2);
	expect_text(c->env[0].value, "production");
	expect_text(c->env[1].value, NULL);
	assert_true(c->env[1].from_secret);
	expect_str(c->env[1].reference, "db");
	expect_list(c->env_from_secrets, "more");
	expect_text(c->limits.cpu, "500m");
	expect_text(c->limits.memory, "1Gi");
	expect_text(c->limits.ephemeral_storage, NULL);
	expect_text(c->requests.cpu, "0.5");
	expect_text(c->requests.memory, "1000000000");
	expect_text(c->requests.ephemeral_storage, "1000");
	assert_int_equal(c->security.privileged, TRUTH_NO);
	assert_int_equal(c->security.allow_privilege_escalation, TRUTH_NO);
	assert_int_equal(c->security.read_only_root, TRUTH_YES);
	expect_text(c->security.proc_mount, "Default");
	expect_list(c->security.add, "NET_BIND_SERVICE");
	expect_list(c->security.drop, "ALL");
	expect_text(c->security.apparmor, "Localhost");
	expect_text(c->apparmor_annotation, "runtime/default");
	expect_text(c->seccomp_annotation, "unconfined");
	assert_int_equal(c->n_mounts, 2);
	assert_ptr_equal(c->mounts[0].volume, &w->volumes[0]);
	expect_str(c->mounts[0].source, "/var/run/docker.sock");
	expect_str(c->mounts[0].propagation, "HostToContainer");
	assert_int_equal(c->mounts[0].read_only, TRUTH_YES);
	assert_null(c->mounts[1].volume);
	assert_true(c->liveness.has_action);
	expect_text(c->liveness.http_host, "example.com");
	expect_text(c->readiness.tcp_host, "");
	assert_true(c->startup.has_action && c->pre_stop.has_action && c->post_start.has_action);
	expect_text(c->post_start.http_host, NULL);
	expect_str(c->pre_stop.place.field, ".spec.template.spec.containers[0].lifecycle.preStop");
}

static int check_deployment(void *arg, const struct object *object)
{
	const struct workload *w = object->workload;
	bool *called = arg;

	*called = true;
	assert_int_equal(object->origin, ORIGIN_KUBERNETES);
	assert_int_equal(object->labels->n, 2);
	assert_int_equal(object->annotations->n, 1);
	assert_non_null(w);
	check_pod(w);
	check_volumes(w);
	assert_int_equal(w->n_containers, 3);
	assert_int_equal(w->containers[0].kind, CONTAINER_INIT);
	assert_true(w->containers[0].sidecar);
	assert_int_equal(w->containers[1].kind, CONTAINER_REGULAR);
	check_container(w, &w->containers[1]);
	assert_int_equal(w->containers[2].kind, CONTAINER_EPHEMERAL);
	expect_str(w->containers[2].place.field, ".spec.template.spec.ephemeralContainers[0]");
	/* The volume that has two sources, and a mount of one that is not there. */
	assert_int_equal(object->n_malformed, 2);
	return 0;
}

static void every_field(void **state)
{
	const char *source = getenv("CSCPLATE_SOURCE");
	_cleanup_buf_ struct buf text = BUF_INIT(65536);
	char path[PATH_MAX];
	bool called = false;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/manifest/deployment.yaml",
		 source ? source : ".");
	assert_int_equal(file_read(AT_FDCWD, path, &text, NULL), 0);
	buf_addf(&text, "%c", 0);
	text.len--;
	assert_int_equal(read_document(buf_str(&text).ptr, check_deployment, &called),
			 MANIFEST_OBJECTS);
	assert_true(called);
}

/* --- Many things --------------------------------------------------------------------------------- */

static int check_many(void *arg, const struct object *object)
{
	const struct workload *w = object->workload;

	assert_int_equal(object->n_malformed, 0);
	assert_int_equal(w->n_containers, 40);
	assert_int_equal(w->n_volumes, 40);
	for (size_t i = 0; i < 40; i++) {
		char wanted[20];

		snprintf(wanted, sizeof(wanted), "p%zu", i);
		assert_ptr_equal(w->containers[i].mounts[0].volume, &w->volumes[39 - i]);
		expect_text(w->containers[i].apparmor_annotation, wanted);
	}
	return 0;
}

/* More than are found by looking at each. */
static void many(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT(65536);

	buf_addf(&text, "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n");
	for (int i = 0; i < 40; i++)
		buf_addf(&text, "    container.apparmor.security.beta.kubernetes.io/c%d: p%d\n", i,
			 i);
	buf_addf(&text, "spec:\n  containers:\n");
	for (int i = 0; i < 40; i++)
		buf_addf(&text, "  - {name: c%d, volumeMounts: [{name: v%d}]}\n", i, i);
	buf_addf(&text, "  volumes:\n");
	for (int i = 39; i >= 0; i--)
		buf_addf(&text, "  - {name: v%d}\n", i);
	buf_addf(&text, "%c", 0);
	assert_int_equal(read_document(buf_str(&text).ptr, check_many, NULL), MANIFEST_OBJECTS);
}

static void expect_limit(const char *before, const char *item, int n, const char *wanted)
{
	struct seen seen = {.text = BUF_INIT((size_t)1 << 20)};
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)8 << 20);

	buf_addf(&text, "apiVersion: v1\nkind: Pod\nspec: %s", before);
	for (int i = 0; i < n; i++)
		buf_addf(&text, "%s", item);
	buf_addf(&text, "%c", 0);
	assert_int_equal(read_document(buf_str(&text).ptr, note, &seen), MANIFEST_OBJECTS);
	buf_addf(&seen.text, "%c", 0);
	assert_non_null(strstr(buf_str(&seen.text).ptr, wanted));
	buf_release(&seen.text);
}

static void limits(void **state)
{
	expect_limit("\n  containers:\n", "  - {}\n", READER_CONTAINERS + 1,
		     ".spec.containers are 4097, more than are read");
	expect_limit("\n  volumes:\n", "  - {}\n", READER_ITEMS + 1,
		     ".spec.volumes has 131073 items, more than are read");
	expect_limit("\n  volumes:\n", "  - 1\n", READER_MALFORMED + 50,
		     "\n. has more values of a wrong type than are told\n");
}

static void ends(void **state)
{
	struct seen seen = {.text = BUF_INIT((size_t)1 << 20), .answer = -ECANCELED};

	assert_int_equal(read_document("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: "
				       "A}, {apiVersion: v1, kind: A}]\n",
				       note, &seen),
			 -ECANCELED);
	assert_int_equal(seen.n, 1);
	buf_release(&seen.text);
}

/* --- Shared samples ------------------------------------------------------------------------------ */

static struct seen of_samples;

static int read_sample(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)1 << 20);
	unsigned before = of_samples.n;

	if (type != FTW_F || !str_ends(str_from(path), STR(".yaml")))
		return 0;
	assert_int_equal(file_read(AT_FDCWD, path, &text, NULL), 0);
	buf_addf(&text, "%c", 0);
	if (read_document(buf_str(&text).ptr, note, &of_samples) != MANIFEST_OBJECTS ||
	    of_samples.n != before + 1)
		fail_msg("%s", path);
	return 0;
}

static void samples(void **state)
{
	const char *shared = getenv("CSCPLATE_SHARED");
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/samples/pss", shared ? shared : "../shared");
	if (access(folder, R_OK) < 0) {
		print_message("no '%s'\n", folder);
		skip();
	}
	of_samples.text = BUF_INIT((size_t)1 << 20);
	assert_int_equal(nftw(folder, read_sample, 16, FTW_PHYS), 0);
	print_message("%u manifests\n", of_samples.n);
	assert_true(of_samples.n > 0);
	assert_int_equal(of_samples.n_workloads, of_samples.n);
	assert_int_equal(of_samples.n_malformed, 0);
	buf_release(&of_samples.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars),     cmocka_unit_test(kinds),
		cmocka_unit_test(documents),   cmocka_unit_test(lists),
		cmocka_unit_test(reviews),     cmocka_unit_test(templates),
		cmocka_unit_test(wrong_types), cmocka_unit_test(every_field),
		cmocka_unit_test(many),	       cmocka_unit_test(limits),
		cmocka_unit_test(ends),	       cmocka_unit_test(samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
