/* How traffic gets in: Services, Ingresses and NetworkPolicies, each by itself. */
#include "base/compat.h"

#include "checks/fault.h"
#include "checks/object/object.h"
#include "core/field.h"

static const struct str networking = {"networking.k8s.io", 17};

static bool is_service(const struct object *object)
{
	return is_kind(object, STR(""), STR("Service"));
}

static bool is_ingress(const struct object *object)
{
	return is_kind(object, networking, STR("Ingress")) ||
	       is_kind(object, STR("extensions"), STR("Ingress"));
}

static bool is_network_policy(const struct object *object)
{
	return is_kind(object, networking, STR("NetworkPolicy")) ||
	       is_kind(object, STR("extensions"), STR("NetworkPolicy"));
}

static struct str annotation(const struct object *object, const char *key)
{
	return field_text(yaml_get(object->annotations, str_from(key)), "");
}

/* The spec as a place for faults. */
static struct place spec_place(const struct object *object)
{
	const struct yaml_node *spec = yaml_get(object->root, STR("spec"));

	return (struct place){.node = spec ? spec : object->root, .field = STR(".spec")};
}

/* --- Services ------------------------------------------------------------------------------------ */

/* What cloud providers take for "no address that the internet reaches". */
static bool is_internal(const struct object *object)
{
	static const struct {
		const char *key, *value;
	} annotations[] = {
		{"service.beta.kubernetes.io/aws-load-balancer-internal", "true"},
		{"service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"},
		{"service.beta.kubernetes.io/azure-load-balancer-internal", "true"},
		{"service.beta.kubernetes.io/openstack-internal-load-balancer", "true"},
		{"networking.gke.io/load-balancer-type", "internal"},
		{"cloud.google.com/load-balancer-type", "internal"},
	};

	for (size_t i = 0; object->annotations && i < ARRAY_LEN(annotations); i++)
		if (str_eq_nocase(annotation(object, annotations[i].key),
				  str_from(annotations[i].value)))
			return true;
	return false;
}

static bool is_everywhere(struct str cidr)
{
	return str_ends(cidr, STR("/0"));
}

static bool has_source_ranges(const struct object *object)
{
	const struct yaml_node *const *ranges;
	size_t n = field_items(object->root, "spec.loadBalancerSourceRanges", &ranges);

	for (size_t i = 0; i < n; i++)
		if (is_everywhere(field_text(ranges[i], "")))
			return false;
	return n > 0;
}

static bool has_node_port(const struct object *object)
{
	const struct yaml_node *const *ports;
	size_t n = field_items(object->root, "spec.ports", &ports);

	for (size_t i = 0; i < n; i++)
		if (field_at(ports[i], "nodePort"))
			return true;
	return false;
}

int object_service_exposed(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct fault fault = {.field = "type"};
	struct str type;

	if (!is_service(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	type = field_text(object->root, "spec.type");
	fault.place = spec_place(object);
	if (str_eq(type, STR("NodePort"))) {
		fault.seen = STR("NodePort");
		/* With a port of nodes said, a type alone would be refused. */
		fault.wanted = has_node_port(object) ? NULL : "ClusterIP";
		fault.severity = SEVERITY_MEDIUM;
		return emit_fault(run, &fault, "opens a port on every node");
	}
	if (str_eq(type, STR("LoadBalancer")) && !is_internal(object) &&
	    !has_source_ranges(object)) {
		fault.seen = STR("LoadBalancer");
		return emit_fault(run, &fault,
				  "is open to every address that reaches the load balancer");
	}
	return check_tally(run, OUTCOME_PASS);
}

int object_service_external_ips(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *const *items;
	size_t n;

	if (!is_service(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "spec.externalIPs", &items);
	if (n == 0)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run,
			  &(struct fault){.place = spec_place(object),
					  .field = "externalIPs",
					  .remove = true},
			  "takes traffic for %zu address%s that nobody checks to be its own", n,
			  n == 1 ? "" : "es");
}

/* --- Ingresses ----------------------------------------------------------------------------------- */

/* Controllers that take the certificate from elsewhere than spec.tls. */
static bool has_tls_annotation(const struct object *object)
{
	static const char *const keys[] = {
		"alb.ingress.kubernetes.io/certificate-arn",
		"networking.gke.io/managed-certificates",
		"ingress.gcp.kubernetes.io/pre-shared-cert",
		"appgw.ingress.kubernetes.io/appgw-ssl-certificate",
		"traefik.ingress.kubernetes.io/router.tls",
	};

	for (size_t i = 0; object->annotations && i < ARRAY_LEN(keys); i++)
		if (annotation(object, keys[i]).len)
			return true;
	return false;
}

/* Does a certificate for pattern serve host? "*" stands for one label (RFC 6125 §6.4.3). */
static bool covers(struct str pattern, struct str host)
{
	ssize_t dot = str_find_char(host, '.');

	if (str_eq_nocase(pattern, host))
		return true;
	return str_starts(pattern, STR("*.")) && dot > 0 &&
	       str_eq_nocase(str_from_offset(pattern, 1), str_from_offset(host, (size_t)dot));
}

static bool has_tls(const struct object *object, struct str host)
{
	const struct yaml_node *const *entries, *const *hosts;
	size_t n = field_items(object->root, "spec.tls", &entries);

	for (size_t i = 0; i < n; i++) {
		size_t n_hosts = field_items(entries[i], "hosts", &hosts);

		/* Without hosts, the entry is for all of them. */
		if (n_hosts == 0)
			return true;
		for (size_t j = 0; j < n_hosts; j++)
			if (covers(field_text(hosts[j], ""), host))
				return true;
	}
	return false;
}

int object_ingress_tls(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *const *items;
	bool failed = false;
	size_t n;

	if (!is_ingress(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (has_tls_annotation(object))
		return check_tally(run, OUTCOME_PASS);
	if (field_items(object->root, "spec.tls", &items) == 0)
		return emit_fault(run, &(struct fault){.place = spec_place(object), .field = "tls"},
				  "serves plain HTTP: it has no certificate");
	n = field_items(object->root, "spec.rules", &items);
	for (size_t i = 0; i < n; i++) {
		struct str host = field_text(items[i], "host");
		struct fault fault = {.place = {.node = items[i]}, .field = "host"};
		int r;

		if (has_tls(object, host))
			continue;
		fault.place.field = arena_printf(arena, ".spec.rules[%zu]", i);
		fault.seen = arena_str(arena, host);
		if (!fault.place.field.ptr || !fault.seen.ptr)
			return -ENOMEM;
		r = emit_fault(run, &fault, "serves host '%.*s' without a certificate for it",
			       STR_FMT(host));
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}

int object_ingress_host(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *const *rules;
	bool failed = false;
	size_t n;

	if (!is_ingress(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "spec.rules", &rules);
	for (size_t i = 0; i < n; i++) {
		struct str host = field_text(rules[i], "host");
		struct fault fault = {.place = {.node = rules[i]}, .field = "host"};
		int r;

		if (host.len && host.ptr[0] != '*')
			continue;
		fault.place.field = arena_printf(arena, ".spec.rules[%zu]", i);
		fault.seen = arena_str(arena, host);
		if (!fault.place.field.ptr || !fault.seen.ptr)
			return -ENOMEM;
		r = emit_fault(run, &fault,
			       host.len ? "serves every host that '%.*s' stands for"
					: "serves every host%.*s",
			       STR_FMT(host));
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}

int object_ingress_snippet(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *annotations = object->annotations;
	bool failed = false;

	if (!is_ingress(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; annotations && i < annotations->n; i++) {
		struct str key = annotations->pairs[i].key->text;
		struct fault fault = {.place = {object->root, STR("")}, .remove = true};
		int r;

		if (!str_starts(key, STR("nginx.ingress.kubernetes.io/")) ||
		    !str_ends(key, STR("-snippet")))
			continue;
		fault.field = object_key_field(arena, "metadata.annotations", key);
		if (!fault.field)
			return -ENOMEM;
		r = emit_fault(run, &fault,
			       "writes into the configuration of the ingress controller");
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}

/* --- NetworkPolicies ----------------------------------------------------------------------------- */

/* A rule without peers and ports lets everybody in everywhere. */
static bool has_none(const struct yaml_node *rule, const char *key)
{
	const struct yaml_node *const *items;

	return field_items(rule, key, &items) == 0;
}

static bool is_empty_selector(const struct yaml_node *peer, const char *key)
{
	const struct yaml_node *selector = field_at(peer, key);

	return selector && selector->kind == YAML_MAPPING && selector->n == 0;
}

/* The addresses of a peer, all of them; empty when it excepts some. */
static struct str whole_block(const struct yaml_node *peer)
{
	const struct yaml_node *const *except;

	return field_items(peer, "ipBlock.except", &except) ? STR("")
							    : field_text(peer, "ipBlock.cidr");
}

/* Is it the second half of all addresses, and the first half is among the peers? */
static bool completes_everything(const struct yaml_node *const *peers, size_t n, struct str cidr)
{
	struct str other = str_eq(cidr, STR("128.0.0.0/1")) ? STR("0.0.0.0/1")
			   : str_eq(cidr, STR("8000::/1"))  ? STR("::/1")
							    : STR("");

	for (size_t i = 0; other.len && i < n; i++)
		if (str_eq(whole_block(peers[i]), other))
			return true;
	return false;
}

/* Who is let in by one of n peers that lets in more than anybody could have meant; NULL: nobody. */
static const char *who_is_let_in(const struct yaml_node *const *peers, size_t n, size_t at)
{
	const struct yaml_node *peer = peers[at];
	struct str cidr = whole_block(peer);

	if (is_everywhere(cidr) || completes_everything(peers, n, cidr))
		return "every address";
	if (is_empty_selector(peer, "namespaceSelector") &&
	    (!field_at(peer, "podSelector") || is_empty_selector(peer, "podSelector")))
		return "every pod of every namespace";
	return NULL;
}

static int judge_peers(const struct check_run *run, const struct yaml_node *rule, size_t index,
		       const char *direction, const char *key, bool *failed)
{
	struct arena *arena = run->sink->arena;
	const struct yaml_node *const *peers;
	size_t n = field_items(rule, key, &peers);

	for (size_t i = 0; i < n; i++) {
		const char *who = who_is_let_in(peers, n, i);
		struct fault fault = {.place = {.node = peers[i]}};
		int r;

		/* Where pods may call to is mostly the internet; who may call them should not be. */
		if (!who || (strcmp(direction, "egress") == 0 && !has_none(rule, "ports")))
			continue;
		fault.place.field =
			arena_printf(arena, ".spec.%s[%zu].%s[%zu]", direction, index, key, i);
		fault.severity = SEVERITY_LOW;
		if (!fault.place.field.ptr)
			return -ENOMEM;
		r = emit_fault(run, &fault, "%s %s",
			       direction[0] == 'i' ? "lets in" : "lets out to", who);
		if (r < 0)
			return r;
		*failed = true;
	}
	return 0;
}

static int judge_direction(const struct check_run *run, const char *direction, const char *key,
			   bool *failed)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *const *rules;
	size_t n = field_items(yaml_get(object->root, STR("spec")), direction, &rules);
	bool ingress = direction[0] == 'i';

	for (size_t i = 0; i < n; i++) {
		struct fault fault = {.place = {.node = rules[i]}};
		int r;

		if (rules[i]->kind != YAML_MAPPING)
			continue;
		if (!has_none(rules[i], key) || !has_none(rules[i], "ports")) {
			r = judge_peers(run, rules[i], i, direction, key, failed);
			if (r < 0)
				return r;
			continue;
		}
		fault.place.field = arena_printf(arena, ".spec.%s[%zu]", direction, i);
		fault.severity = ingress ? SEVERITY_MEDIUM : SEVERITY_LOW;
		if (!fault.place.field.ptr)
			return -ENOMEM;
		r = emit_fault(run, &fault,
			       ingress ? "lets in everybody, on every port"
				       : "lets out to everywhere, on every port");
		if (r < 0)
			return r;
		*failed = true;
	}
	return 0;
}

/* Rules of a direction that policyTypes leaves out are passed over (NetworkPolicySpec). */
static bool has_direction(const struct object *object, struct str type)
{
	const struct yaml_node *const *types;
	size_t n = field_items(object->root, "spec.policyTypes", &types);

	for (size_t i = 0; i < n; i++)
		if (str_eq(field_text(types[i], ""), type))
			return true;
	return n == 0;
}

int object_netpol_open(struct check_run *run)
{
	bool failed = false;
	int r = 0;

	if (!is_network_policy(run_object(run)))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (has_direction(run_object(run), STR("Ingress")))
		r = judge_direction(run, "ingress", "from", &failed);
	if (r == 0 && has_direction(run_object(run), STR("Egress")))
		r = judge_direction(run, "egress", "to", &failed);
	return r < 0 || failed ? r : check_tally(run, OUTCOME_PASS);
}
