/*
 * PodSpec and what is below it, as of Kubernetes 1.37 (API reference, core/v1). Fields that were taken out
 * of the API are read, too, since older clusters heed them.
 */
#include "base/compat.h"

#include "base/map.h"
#include "manifest/kubernetes.h"

/* --- Security contexts --------------------------------------------------------------------------- */

static const struct field capability_fields[] = {
	FIELD("add", read_texts, struct security, add),
	FIELD("drop", read_texts, struct security, drop),
};

static const struct field seccomp_fields[] = {
	FIELD("type", read_text, struct security, seccomp),
	FIELD_SELF("localhostProfile", check_text),
};

static const struct field apparmor_fields[] = {
	FIELD("type", read_text, struct security, apparmor),
	FIELD_SELF("localhostProfile", check_text),
};

static const struct field selinux_fields[] = {
	FIELD("user", read_text, struct security, selinux_user),
	FIELD("role", read_text, struct security, selinux_role),
	FIELD("type", read_text, struct security, selinux_type),
	FIELD("level", read_text, struct security, selinux_level),
};

static const struct field windows_fields[] = {
	FIELD("hostProcess", read_truth, struct security, host_process),
	FIELD_SELF("runAsUserName", check_text),
	FIELD_SELF("gmsaCredentialSpec", check_text),
	FIELD_SELF("gmsaCredentialSpecName", check_text),
};

static int read_capabilities(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	return read_inner(reader, at, key, value, capability_fields, ARRAY_LEN(capability_fields),
			  out);
}

static int read_seccomp(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	struct security *security = out;

	security->has_seccomp = value->kind == YAML_MAPPING;
	return read_inner(reader, at, key, value, seccomp_fields, ARRAY_LEN(seccomp_fields), out);
}

static int read_apparmor(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	struct security *security = out;

	security->has_apparmor = value->kind == YAML_MAPPING;
	return read_inner(reader, at, key, value, apparmor_fields, ARRAY_LEN(apparmor_fields), out);
}

static int read_selinux(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	struct security *security = out;

	security->has_selinux = value->kind == YAML_MAPPING;
	return read_inner(reader, at, key, value, selinux_fields, ARRAY_LEN(selinux_fields), out);
}

static int read_windows(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return read_inner(reader, at, key, value, windows_fields, ARRAY_LEN(windows_fields), out);
}

/* The name of a mapping in a list: of a sysctl, a Secret to pull with. */
static int take_name(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {{.key = {"name", 4}, .read = read_str}};

	return read_fields(reader, at, fields, ARRAY_LEN(fields), item);
}

static int read_names(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	struct text_list *list = out;

	return reader_list(reader, at, key, value, sizeof(struct str), READER_ITEMS, take_name,
			   &list->items, &list->n);
}

static int take_sysctl(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {
		{.key = {"name", 4}, .read = read_str},
		FIELD_SELF("value", check_text),
	};

	return read_fields(reader, at, fields, ARRAY_LEN(fields), item);
}

static int read_sysctls(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	struct text_list *list = out;

	return reader_list(reader, at, key, value, sizeof(struct str), READER_ITEMS, take_sysctl,
			   &list->items, &list->n);
}

static const struct field container_security_fields[] = {
	FIELD("allowPrivilegeEscalation", read_truth, struct security, allow_privilege_escalation),
	FIELD("readOnlyRootFilesystem", read_truth, struct security, read_only_root),
	FIELD("runAsNonRoot", read_truth, struct security, run_as_non_root),
	FIELD("runAsUser", read_int64, struct security, run_as_user),
	FIELD("runAsGroup", read_int64, struct security, run_as_group),
	FIELD("privileged", read_truth, struct security, privileged),
	FIELD("procMount", read_text, struct security, proc_mount),
	FIELD_SELF("capabilities", read_capabilities),
	FIELD_SELF("seccompProfile", read_seccomp),
	FIELD_SELF("appArmorProfile", read_apparmor),
	FIELD_SELF("seLinuxOptions", read_selinux),
	FIELD_SELF("windowsOptions", read_windows),
};

static const struct field pod_security_fields[] = {
	FIELD("runAsNonRoot", read_truth, struct security, run_as_non_root),
	FIELD("runAsUser", read_int64, struct security, run_as_user),
	FIELD("runAsGroup", read_int64, struct security, run_as_group),
	FIELD("fsGroup", read_int64, struct security, fs_group),
	FIELD("supplementalGroups", read_integers, struct security, supplemental_groups),
	FIELD("sysctls", read_sysctls, struct security, sysctls),
	FIELD_SELF("seccompProfile", read_seccomp),
	FIELD_SELF("appArmorProfile", read_apparmor),
	FIELD_SELF("seLinuxOptions", read_selinux),
	FIELD_SELF("windowsOptions", read_windows),
	FIELD_SELF("fsGroupChangePolicy", check_text),
	FIELD_SELF("supplementalGroupsPolicy", check_text),
	FIELD_SELF("seLinuxChangePolicy", check_text),
};

static int read_container_security(struct reader *reader, const struct place *at, struct str key,
				   const struct yaml_node *value, void *out)
{
	struct security *security = out;
	int r = reader_mapping(reader, at, key, value, &security->place);

	return r > 0 ? read_fields(reader, &security->place, container_security_fields,
				   ARRAY_LEN(container_security_fields), security)
		     : r;
}

static int read_pod_security(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	struct security *security = out;
	int r = reader_mapping(reader, at, key, value, &security->place);

	return r > 0 ? read_fields(reader, &security->place, pod_security_fields,
				   ARRAY_LEN(pod_security_fields), security)
		     : r;
}

/* --- Probes and hooks ---------------------------------------------------------------------------- */

static int read_http_get(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("host", read_text, struct handler, http_host),
		FIELD_SELF("path", check_text),
		FIELD_SELF("scheme", check_text),
		FIELD_SELF("httpHeaders", check_sequence),
	};
	struct handler *handler = out;

	handler->has_action |= value->kind == YAML_MAPPING;
	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), out);
}

static int read_tcp_socket(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("host", read_text, struct handler, tcp_host),
	};
	struct handler *handler = out;

	handler->has_action |= value->kind == YAML_MAPPING;
	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), out);
}

static int read_handler(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD_SELF("httpGet", read_http_get),
		FIELD_SELF("tcpSocket", read_tcp_socket),
		FIELD("exec", read_present, struct handler, has_action),
		FIELD("grpc", read_present, struct handler, has_action),
		FIELD("sleep", read_present, struct handler, has_action),
		FIELD_SELF("initialDelaySeconds", check_int32),
		FIELD_SELF("timeoutSeconds", check_int32),
		FIELD_SELF("periodSeconds", check_int32),
		FIELD_SELF("successThreshold", check_int32),
		FIELD_SELF("failureThreshold", check_int32),
		FIELD_SELF("terminationGracePeriodSeconds", check_int64),
	};
	struct handler *handler = out;
	int r = reader_mapping(reader, at, key, value, &handler->place);

	return r > 0 ? read_fields(reader, &handler->place, fields, ARRAY_LEN(fields), handler) : r;
}

static int read_lifecycle(struct reader *reader, const struct place *at, struct str key,
			  const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("postStart", read_handler, struct container, post_start),
		FIELD("preStop", read_handler, struct container, pre_stop),
		FIELD_SELF("stopSignal", check_text),
	};

	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), out);
}

/* --- Resources, ports, environment, mounts ------------------------------------------------------- */

/* A ResourceList: any name may have a quantity. */
static int read_quantities(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("cpu", read_quantity, struct resources, cpu),
		FIELD("memory", read_quantity, struct resources, memory),
		FIELD("ephemeral-storage", read_quantity, struct resources, ephemeral_storage),
	};
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	if (r > 0)
		r = read_fields(reader, &place, fields, ARRAY_LEN(fields), out);
	for (uint32_t i = 0; r == 0 && i < value->n && value->kind == YAML_MAPPING; i++) {
		const struct yaml_pair *pair = &value->pairs[i];
		struct text ignored;
		bool known = false;

		for (size_t k = 0; k < ARRAY_LEN(fields); k++)
			known = known || key_is(pair->key->text, fields[k].key);
		if (!known && !reader_is_null(pair->value))
			r = read_quantity(reader, &place, pair->key->text, pair->value, &ignored);
	}
	return r;
}

static int read_resources(struct reader *reader, const struct place *at, struct str key,
			  const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("limits", read_quantities, struct container, limits),
		FIELD("requests", read_quantities, struct container, requests),
		FIELD_SELF("claims", check_sequence),
	};

	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), out);
}

static int take_port(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {
		FIELD("containerPort", read_int32, struct port, container),
		FIELD("hostPort", read_int32, struct port, host),
		FIELD("name", read_str, struct port, name),
		FIELD("protocol", read_str, struct port, protocol),
		FIELD("hostIP", read_str, struct port, host_ip),
	};
	struct port *port = item;

	port->place = *at;
	return read_fields(reader, at, fields, ARRAY_LEN(fields), port);
}

static int read_ports(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	struct container *container = out;

	return reader_list(reader, at, key, value, sizeof(struct port), READER_ITEMS, take_port,
			   &container->ports, &container->n_ports);
}

static int read_secret_ref(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("name", read_str, struct env_var, reference),
		FIELD_SELF("key", check_text),
		FIELD_SELF("optional", check_truth),
	};
	struct env_var *env = out;

	env->from_secret |= str_eq(key, STR("secretKeyRef")) && value->kind == YAML_MAPPING;
	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), out);
}

static int read_value_from(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD_SELF("secretKeyRef", read_secret_ref),
		FIELD_SELF("configMapKeyRef", read_secret_ref),
		FIELD_SELF("fieldRef", check_mapping),
		FIELD_SELF("resourceFieldRef", check_mapping),
		FIELD_SELF("fileKeyRef", check_mapping),
	};

	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), out);
}

static int take_env(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {
		FIELD("name", read_str, struct env_var, name),
		FIELD("value", read_text, struct env_var, value),
		FIELD_SELF("valueFrom", read_value_from),
	};
	struct env_var *env = item;

	env->place = *at;
	return read_fields(reader, at, fields, ARRAY_LEN(fields), env);
}

static int read_env(struct reader *reader, const struct place *at, struct str key,
		    const struct yaml_node *value, void *out)
{
	struct container *container = out;

	return reader_list(reader, at, key, value, sizeof(struct env_var), READER_ITEMS, take_env,
			   &container->env, &container->n_env);
}

struct env_from {
	bool secret;
	struct str name;
};

static int read_env_source(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD("name", read_str, struct env_from, name),
		FIELD_SELF("optional", check_truth),
	};
	struct env_from *from = out, other = {0};

	if (str_eq(key, STR("secretRef")))
		from->secret = value->kind == YAML_MAPPING;
	else
		from = &other;
	return read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), from);
}

static int take_env_from(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {
		FIELD_SELF("secretRef", read_env_source),
		FIELD_SELF("configMapRef", read_env_source),
		FIELD_SELF("prefix", check_text),
	};

	return read_fields(reader, at, fields, ARRAY_LEN(fields), item);
}

static int read_env_from(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	struct text_list *list = out;
	struct env_from *all = NULL;
	struct str *names;
	size_t n = 0, kept = 0;
	int r = reader_list(reader, at, key, value, sizeof(*all), READER_ITEMS, take_env_from, &all,
			    &n);

	if (r < 0 || n == 0)
		return r;
	names = arena_calloc(reader->arena, n, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (all[i].secret)
			names[kept++] = all[i].name;
	*list = (struct text_list){.items = names, .n = kept};
	return 0;
}

static int take_mount(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {
		FIELD("name", read_str, struct mount, name),
		FIELD("mountPath", read_str, struct mount, target),
		FIELD("readOnly", read_truth, struct mount, read_only),
		FIELD("mountPropagation", read_str, struct mount, propagation),
		FIELD_SELF("subPath", check_text),
		FIELD_SELF("subPathExpr", check_text),
		FIELD_SELF("recursiveReadOnly", check_text),
	};
	struct mount *mount = item;

	mount->place = *at;
	return read_fields(reader, at, fields, ARRAY_LEN(fields), mount);
}

static int read_mounts(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	struct container *container = out;

	return reader_list(reader, at, key, value, sizeof(struct mount), READER_ITEMS, take_mount,
			   &container->mounts, &container->n_mounts);
}

/* --- Containers ---------------------------------------------------------------------------------- */

static int read_restart_policy(struct reader *reader, const struct place *at, struct str key,
			       const struct yaml_node *value, void *out)
{
	struct container *container = out;
	struct str policy = STR_NULL;
	int r = read_str(reader, at, key, value, &policy);

	container->sidecar = str_eq(policy, STR("Always"));
	return r;
}

static const struct field container_fields[] = {
	FIELD("name", read_str, struct container, name),
	FIELD("image", read_text, struct container, image),
	FIELD("imagePullPolicy", read_str, struct container, pull_policy),
	FIELD("securityContext", read_container_security, struct container, security),
	FIELD_SELF("resources", read_resources),
	FIELD_SELF("ports", read_ports),
	FIELD_SELF("env", read_env),
	FIELD("envFrom", read_env_from, struct container, env_from_secrets),
	FIELD_SELF("volumeMounts", read_mounts),
	FIELD("livenessProbe", read_handler, struct container, liveness),
	FIELD("readinessProbe", read_handler, struct container, readiness),
	FIELD("startupProbe", read_handler, struct container, startup),
	FIELD_SELF("lifecycle", read_lifecycle),
	FIELD("command", read_texts, struct container, command),
	FIELD("args", read_texts, struct container, args),
	FIELD("tty", read_truth, struct container, tty),
	FIELD("stdin", read_truth, struct container, stdin_open),
	FIELD_SELF("restartPolicy", read_restart_policy),
	FIELD_SELF("stdinOnce", check_truth),
	FIELD_SELF("workingDir", check_text),
	FIELD_SELF("terminationMessagePath", check_text),
	FIELD_SELF("terminationMessagePolicy", check_text),
	FIELD_SELF("volumeDevices", check_sequence),
	FIELD_SELF("resizePolicy", check_sequence),
	FIELD_SELF("restartPolicyRules", check_sequence),
	FIELD_SELF("targetContainerName", check_text),
};

static int take_container(struct reader *reader, const struct place *at, void *item)
{
	struct container *container = item;

	container->place = *at;
	return read_fields(reader, at, container_fields, ARRAY_LEN(container_fields), container);
}

/* --- Volumes ------------------------------------------------------------------------------------- */

/* VolumeSource: every one that there ever was. What a source refers to is the text of one of its keys. */
static const struct volume_source {
	struct str key, reference;
	enum volume_kind kind;
} volume_sources[] = {
#define SOURCE(key_, kind_, reference_)                                                     \
	{                                                                                   \
		{(key_), sizeof(key_) - 1}, {(reference_), sizeof(reference_) - 1}, (kind_) \
	}
	SOURCE("emptyDir", VOLUME_EMPTY_DIR, ""),
	SOURCE("configMap", VOLUME_CONFIG_MAP, "name"),
	SOURCE("secret", VOLUME_SECRET, "secretName"),
	SOURCE("persistentVolumeClaim", VOLUME_CLAIM, "claimName"),
	SOURCE("hostPath", VOLUME_HOST_PATH, "path"),
	SOURCE("projected", VOLUME_PROJECTED, ""),
	SOURCE("downwardAPI", VOLUME_DOWNWARD_API, ""),
	SOURCE("csi", VOLUME_CSI, "driver"),
	SOURCE("ephemeral", VOLUME_EPHEMERAL, ""),
	SOURCE("image", VOLUME_IMAGE, "reference"),
	SOURCE("nfs", VOLUME_OTHER, ""),
	SOURCE("gcePersistentDisk", VOLUME_OTHER, ""),
	SOURCE("awsElasticBlockStore", VOLUME_OTHER, ""),
	SOURCE("gitRepo", VOLUME_OTHER, ""),
	SOURCE("iscsi", VOLUME_OTHER, ""),
	SOURCE("glusterfs", VOLUME_OTHER, ""),
	SOURCE("rbd", VOLUME_OTHER, ""),
	SOURCE("flexVolume", VOLUME_OTHER, ""),
	SOURCE("cinder", VOLUME_OTHER, ""),
	SOURCE("cephfs", VOLUME_OTHER, ""),
	SOURCE("flocker", VOLUME_OTHER, ""),
	SOURCE("fc", VOLUME_OTHER, ""),
	SOURCE("azureFile", VOLUME_OTHER, ""),
	SOURCE("azureDisk", VOLUME_OTHER, ""),
	SOURCE("vsphereVolume", VOLUME_OTHER, ""),
	SOURCE("quobyte", VOLUME_OTHER, ""),
	SOURCE("photonPersistentDisk", VOLUME_OTHER, ""),
	SOURCE("portworxVolume", VOLUME_OTHER, ""),
	SOURCE("scaleIO", VOLUME_OTHER, ""),
	SOURCE("storageos", VOLUME_OTHER, ""),
#undef SOURCE
};

static int read_volume_source(struct reader *reader, const struct place *at,
			      const struct volume_source *source, const struct yaml_node *value,
			      struct volume *volume)
{
	static const struct field may_be_missing[] = {FIELD_SELF("optional", check_truth)};
	const struct yaml_node *reference;
	struct place place;
	int r = reader_mapping(reader, at, source->key, value, &place);

	if (r <= 0)
		return r;
	if (volume->kind != VOLUME_NONE) {
		r = reader_malformed(reader, at, source->key, -1, value,
				     "is a second source of the volume");
		if (r < 0 || source->kind != VOLUME_HOST_PATH)
			return r;
	}
	volume->kind = source->kind;
	volume->source = source->key;
	volume->reference = STR_NULL;
	if ((source->kind == VOLUME_CONFIG_MAP || source->kind == VOLUME_SECRET) &&
	    read_fields(reader, &place, may_be_missing, ARRAY_LEN(may_be_missing), NULL) < 0)
		return -ENOMEM;
	reference = source->reference.len ? yaml_get(value, source->reference) : NULL;
	if (!reference || reader_is_null(reference))
		return 0;
	return read_str(reader, &place, source->reference, reference, &volume->reference);
}

static int take_volume(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {FIELD("name", read_str, struct volume, name)};
	const struct yaml_node *node = at->node;
	struct volume *volume = item;
	int r;

	volume->place = *at;
	r = read_fields(reader, at, fields, ARRAY_LEN(fields), volume);
	for (uint32_t i = 0; r == 0 && i < node->n; i++) {
		const struct yaml_pair *pair = &node->pairs[i];

		for (size_t k = 0; r == 0 && k < ARRAY_LEN(volume_sources); k++)
			if (key_is(pair->key->text, volume_sources[k].key) &&
			    !reader_is_null(pair->value))
				r = read_volume_source(reader, at, &volume_sources[k], pair->value,
						       volume);
	}
	return r;
}

static int read_volumes(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	struct workload *workload = out;

	return reader_list(reader, at, key, value, sizeof(struct volume), READER_ITEMS, take_volume,
			   &workload->volumes, &workload->n_volumes);
}

/* --- The pod ------------------------------------------------------------------------------------- */

/* Lists of containers are read once all else is: they come in another order in files. */
struct pod {
	struct workload workload;
	struct str deprecated_account;
	const struct yaml_node *init, *regular, *ephemeral;
};

static int read_os(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {{.key = {"name", 4}, .read = read_str}};
	struct str name = STR_NULL;
	bool *windows = out;
	int r = read_inner(reader, at, key, value, fields, ARRAY_LEN(fields), &name);

	*windows = str_eq(name, STR("windows"));
	return r;
}

static int read_filled(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	bool *filled = out;

	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	*filled = value->n > 0;
	return 0;
}

static int read_affinity(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		{.key = {"podAntiAffinity", 15}, .read = read_any},
		FIELD_SELF("nodeAffinity", check_mapping),
		FIELD_SELF("podAffinity", check_mapping),
	};
	const struct yaml_node *anti = NULL;
	bool *has = out;
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	if (r <= 0)
		return r;
	r = read_fields(reader, &place, fields, ARRAY_LEN(fields), &anti);
	if (r == 0 && anti && anti->kind != YAML_MAPPING)
		return reader_wrong_type(reader, &place, fields[0].key, -1, anti, "a mapping");
	*has = anti && anti->n > 0;
	return r;
}

static int take_alias(struct reader *reader, const struct place *at, void *item)
{
	static const struct field fields[] = {
		FIELD_SELF("ip", check_text),
		FIELD_SELF("hostnames", check_texts),
	};

	return read_fields(reader, at, fields, ARRAY_LEN(fields), item);
}

static int read_aliases(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	char *ignored;
	size_t n;

	if (value->kind == YAML_SEQUENCE)
		*(const struct yaml_node **)out = value;
	return reader_list(reader, at, key, value, sizeof(*ignored), READER_ITEMS, take_alias,
			   &ignored, &n);
}

static const struct field pod_fields[] = {
	FIELD("containers", read_sequence, struct pod, regular),
	FIELD("initContainers", read_sequence, struct pod, init),
	FIELD("ephemeralContainers", read_sequence, struct pod, ephemeral),
	FIELD("volumes", read_volumes, struct pod, workload),
	FIELD("securityContext", read_pod_security, struct pod, workload.security),
	FIELD("hostNetwork", read_truth, struct pod, workload.host_network),
	FIELD("hostPID", read_truth, struct pod, workload.host_pid),
	FIELD("hostIPC", read_truth, struct pod, workload.host_ipc),
	FIELD("hostUsers", read_truth, struct pod, workload.host_users),
	FIELD("shareProcessNamespace", read_truth, struct pod, workload.share_process_namespace),
	FIELD("automountServiceAccountToken", read_truth, struct pod, workload.automount_token),
	FIELD("serviceAccountName", read_str, struct pod, workload.service_account),
	FIELD("serviceAccount", read_str, struct pod, deprecated_account),
	FIELD("os", read_os, struct pod, workload.windows),
	FIELD("restartPolicy", read_str, struct pod, workload.restart_policy),
	FIELD("hostAliases", read_aliases, struct pod, workload.host_aliases),
	FIELD("affinity", read_affinity, struct pod, workload.has_affinity),
	FIELD("topologySpreadConstraints", read_filled, struct pod, workload.has_spread),
	FIELD("terminationGracePeriodSeconds", read_int64, struct pod, workload.grace_seconds),
	FIELD("priorityClassName", read_str, struct pod, workload.priority_class),
	FIELD("imagePullSecrets", read_names, struct pod, workload.pull_secrets),
	FIELD_SELF("nodeSelector", check_text_map),
	FIELD_SELF("nodeName", check_text),
	FIELD_SELF("hostname", check_text),
	FIELD_SELF("hostnameOverride", check_text),
	FIELD_SELF("subdomain", check_text),
	FIELD_SELF("setHostnameAsFQDN", check_truth),
	FIELD_SELF("schedulerName", check_text),
	FIELD_SELF("runtimeClassName", check_text),
	FIELD_SELF("preemptionPolicy", check_text),
	FIELD_SELF("priority", check_int32),
	FIELD_SELF("activeDeadlineSeconds", check_int64),
	FIELD_SELF("enableServiceLinks", check_truth),
	FIELD_SELF("dnsPolicy", check_text),
	FIELD_SELF("dnsConfig", check_mapping),
	FIELD_SELF("overhead", check_mapping),
	FIELD_SELF("resources", check_mapping),
	FIELD_SELF("tolerations", check_sequence),
	FIELD_SELF("readinessGates", check_sequence),
	FIELD_SELF("schedulingGates", check_sequence),
	FIELD_SELF("resourceClaims", check_sequence),
};

/* The containers of one list, behind those that are there. */
static int add_containers(struct reader *reader, const struct place *spec, struct str key,
			  const struct yaml_node *list, enum container_kind kind,
			  struct container *all, size_t *n)
{
	int r = 0;

	for (uint32_t i = 0; r >= 0 && list && i < list->n; i++) {
		struct container *container = &all[*n];
		struct place place;

		r = reader_item(reader, spec, key, i, list->items[i], &place);
		if (r <= 0)
			continue;
		++*n;
		container->kind = kind;
		r = take_container(reader, &place, container);
		container->sidecar = container->sidecar && kind == CONTAINER_INIT;
	}
	return MIN(r, 0);
}

static uint32_t n_items(const struct yaml_node *list)
{
	return list ? list->n : 0;
}

static bool has_value(const struct place *at, struct str key)
{
	const struct yaml_node *value = yaml_get(at->node, key);

	return value && !reader_is_null(value);
}

static int read_containers(struct reader *reader, const struct place *spec, const struct pod *pod,
			   struct container **ret, size_t *ret_n)
{
	uint64_t max =
		(uint64_t)n_items(pod->init) + n_items(pod->regular) + n_items(pod->ephemeral);
	struct container *all;
	size_t n = 0;
	int r;

	if (max > READER_CONTAINERS)
		return reader_malformed(reader, spec, STR("containers"), -1, spec->node,
					"are %" PRIu64 ", more than are read", max);
	/* Of a wrong type it is told already. */
	if (n_items(pod->regular) == 0 && (pod->regular || !has_value(spec, STR("containers"))) &&
	    reader_malformed(reader, spec, STR("containers"), -1,
			     pod->regular ? pod->regular : spec->node,
			     "has none, and a pod without a container is refused") < 0)
		return -ENOMEM;
	all = arena_calloc(reader->arena, max, sizeof(*all));
	if (!all)
		return -ENOMEM;
	r = add_containers(reader, spec, STR("initContainers"), pod->init, CONTAINER_INIT, all, &n);
	if (r == 0)
		r = add_containers(reader, spec, STR("containers"), pod->regular, CONTAINER_REGULAR,
				   all, &n);
	if (r == 0)
		r = add_containers(reader, spec, STR("ephemeralContainers"), pod->ephemeral,
				   CONTAINER_EPHEMERAL, all, &n);
	if (r < 0)
		return r;
	*ret = all;
	*ret_n = n;
	return 0;
}

/* Finds one of many things by name: by looking at each while they are few. The first of a name counts. */
struct index {
	struct map map;
	const char *items; /* each begins somewhere with its name */
	size_t n, size, name;
};

enum { INDEX_FEW = 16 };

static struct str index_name(const struct index *index, size_t i)
{
	struct str name;

	memcpy(&name, index->items + i * index->size + index->name, sizeof(name));
	return name;
}

static int index_make(struct index *index)
{
	for (size_t i = 0; i < index->n && index->n > INDEX_FEW; i++) {
		void **slot = map_slot(&index->map, index_name(index, i));

		if (!slot)
			return -ENOMEM;
		if (!*slot)
			*slot = (void *)(uintptr_t)(i + 1);
	}
	return 0;
}

/* Its number, or -1. */
static ssize_t index_find(const struct index *index, struct str name)
{
	if (index->n > INDEX_FEW)
		return (ssize_t)(uintptr_t)map_get(&index->map, name) - 1;
	for (size_t i = 0; i < index->n; i++)
		if (str_eq(index_name(index, i), name))
			return (ssize_t)i;
	return -1;
}

/* A StatefulSet gives its pods a volume for each of its claims. */
static bool is_claim(const struct object *object, struct str name)
{
	const struct yaml_node *claims =
		yaml_get(yaml_get(object->root, STR("spec")), STR("volumeClaimTemplates"));

	for (uint32_t i = 0; claims && claims->kind == YAML_SEQUENCE && i < claims->n; i++) {
		const struct yaml_node *metadata = yaml_get(claims->items[i], STR("metadata"));
		const struct yaml_node *said = yaml_get(metadata, STR("name"));

		if (said && said->kind == YAML_SCALAR && str_eq(said->text, name))
			return true;
	}
	return false;
}

/* The names of mounts without a volume that are looked for among claims: nobody has more. */
enum { CLAIM_LOOKUPS = 1000 };

static int tell_no_volume(struct reader *reader, const struct object *object,
			  const struct mount *mount, size_t *looked_up)
{
	if (!mount->name.len && has_value(&mount->place, STR("name")))
		return 0;
	if (++*looked_up <= CLAIM_LOOKUPS && is_claim(object, mount->name))
		return 0;
	return reader_malformed(reader, &mount->place, STR("name"), -1,
				yaml_get(mount->place.node, STR("name")),
				mount->name.len ? "is no volume of the pod" : "is not there");
}

static int join_mounts(struct reader *reader, const struct object *object,
		       const struct workload *workload, struct container *containers, size_t n)
{
	size_t looked_up = 0;
	struct index index = {
		.items = (const char *)workload->volumes,
		.n = workload->n_volumes,
		.size = sizeof(struct volume),
		.name = offsetof(struct volume, name),
	};
	int r = index_make(&index);

	for (size_t i = 0; r == 0 && i < n; i++) {
		/* They are of this reader's making, and only now are the volumes known. */
		struct mount *mounts = (struct mount *)containers[i].mounts;

		for (size_t k = 0; k < containers[i].n_mounts; k++) {
			ssize_t found = index_find(&index, mounts[k].name);

			if (found < 0) {
				r = tell_no_volume(reader, object, &mounts[k], &looked_up);
				if (r < 0)
					goto end;
				continue;
			}
			mounts[k].volume = &workload->volumes[found];
			if (mounts[k].volume->kind == VOLUME_HOST_PATH)
				mounts[k].source = mounts[k].volume->reference;
		}
	}
end:
	map_release(&index.map);
	return r;
}

static struct text text_of(const struct yaml_node *node)
{
	return (struct text){.set = true, .text = reader_is_null(node) ? STR("") : node->text};
}

/* What stood in annotations before it had fields: seccomp until 1.27, AppArmor until 1.30. */
static int take_annotations(struct workload *workload, struct container *containers, size_t n)
{
	static const struct str apparmor = {"container.apparmor.security.beta.kubernetes.io/", 47};
	static const struct str seccomp = {"container.seccomp.security.alpha.kubernetes.io/", 47};
	const struct yaml_node *annotations = workload->annotations;
	struct index index = {
		.items = (const char *)containers,
		.n = n,
		.size = sizeof(struct container),
		.name = offsetof(struct container, name),
	};
	bool made = false;
	int r = 0;

	for (uint32_t i = 0; annotations && r == 0 && i < annotations->n; i++) {
		const struct yaml_pair *pair = &annotations->pairs[i];
		struct str key = pair->key->text;
		ssize_t found;

		if (str_eq(key, STR("seccomp.security.alpha.kubernetes.io/pod")))
			workload->seccomp_annotation = text_of(pair->value);
		if (!str_starts(key, apparmor) && !str_starts(key, seccomp))
			continue;
		r = made ? 0 : index_make(&index);
		made = true;
		found = r == 0 ? index_find(&index, str_from_offset(key, apparmor.len)) : -1;
		if (found >= 0 && str_starts(key, apparmor))
			containers[found].apparmor_annotation = text_of(pair->value);
		else if (found >= 0)
			containers[found].seccomp_annotation = text_of(pair->value);
	}
	map_release(&index.map);
	return r;
}

int kubernetes_pod(struct reader *reader, const struct object *object, const struct place *spec,
		   struct workload *workload)
{
	struct pod pod = {.workload = *workload};
	struct container *containers = NULL;
	size_t n = 0;
	int r;

	pod.workload.pod = *spec;
	r = read_fields(reader, spec, pod_fields, ARRAY_LEN(pod_fields), &pod);
	if (r == 0)
		r = read_containers(reader, spec, &pod, &containers, &n);
	if (r == 0)
		r = join_mounts(reader, object, &pod.workload, containers, n);
	if (r == 0)
		r = take_annotations(&pod.workload, containers, n);
	if (r < 0)
		return r;
	/* As the API server does (conversion of core/v1). */
	if (pod.workload.service_account.len == 0)
		pod.workload.service_account = pod.deprecated_account;
	pod.workload.containers = containers;
	pod.workload.n_containers = n;
	*workload = pod.workload;
	return 0;
}
