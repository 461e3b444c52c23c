/* What each option means: see run_options.h. */
#include "base/compat.h"

#include "manifest/run_options.h"

#include "manifest/loose.h"

static struct text a_text(struct str s)
{
	return (struct text){.set = true, .text = s};
}

static bool is_true(struct str s)
{
	return str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("yes")) ||
	       str_eq_nocase(s, STR("on")) || str_eq(s, STR("1"));
}

/* What is neither true nor false podman takes for false; the reader should hear of it. */
static int take_truth(struct reader *reader, const struct place *at, struct str word,
		      enum truth *ret)
{
	if (docker_has_variable(word))
		return loose_fault(reader, at, "is only known when it is run");
	*ret = is_true(word) ? TRUTH_YES : TRUTH_NO;
	if (docker_truth(word) == TRUTH_UNSET)
		return loose_fault(reader, at, "is neither true nor false");
	return 0;
}

/* Images and roots that other units make are described there. */
int option_image(struct reader *reader, const struct place *at, struct str word,
		 struct quadlet *unit)
{
	if (word.len && !str_ends(word, STR(".image")) && !str_ends(word, STR(".build")))
		unit->draft.container.image = a_text(word);
	return 0;
}

static int take_caps(struct reader *reader, struct str words, struct str_list *list)
{
	struct str word;

	while (str_split(&words, ',', &word)) {
		struct str name = docker_capability(word, reader->arena);

		if (!name.ptr || (name.len && draft_text(list, name) < 0))
			return -ENOMEM;
	}
	return 0;
}

int option_cap_add(struct reader *reader, const struct place *at, struct str word,
		   struct quadlet *unit)
{
	return take_caps(reader, word, &unit->draft.add);
}

int option_cap_drop(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit)
{
	return take_caps(reader, word, &unit->draft.drop);
}

int option_device(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	/* "-/dev/x": if it is there. */
	if (word.len && word.ptr[0] == '-')
		word = str_from_offset(word, 1);
	word = docker_device(word);
	if (!word.len)
		return loose_fault(reader, at, "names no device of the host");
	return draft_text(&unit->draft.devices, word);
}

int option_env(struct reader *reader, const struct place *at, struct str word, struct quadlet *unit)
{
	return draft_assignment(&unit->draft, at, word);
}

/* NAME[,type=mount|env][,target=…] */
int option_secret(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	struct str rest = word, name = STR(""), part, target = STR("");
	bool env = false;

	str_split(&rest, ',', &name);
	while (str_split(&rest, ',', &part)) {
		if (str_eq(part, STR("type=env")))
			env = true;
		else if (str_starts(part, STR("target=")))
			target = str_from_offset(part, strlen("target="));
	}
	if (env) {
		struct env_var var = {.place = *at,
				      .name = target.len ? target : name,
				      .from_secret = true,
				      .reference = name};

		return draft_env(&unit->draft, &var);
	}
	return draft_mount_of(reader, &unit->draft, at, VOLUME_SECRET, STR("secret"), name, target);
}

int option_volume(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	struct docker_mount mount;
	const char *reason;

	if (docker_volume(word, &mount, &reason) < 0)
		return loose_fault(reader, at, reason);
	return draft_mount(reader, &unit->draft, at, &mount);
}

int option_mount(struct reader *reader, const struct place *at, struct str word,
		 struct quadlet *unit)
{
	struct docker_mount mount;
	const char *reason;

	if (docker_mount(word, &mount, &reason) < 0)
		return loose_fault(reader, at, reason);
	return draft_mount(reader, &unit->draft, at, &mount);
}

int option_tmpfs(struct reader *reader, const struct place *at, struct str word,
		 struct quadlet *unit)
{
	struct docker_mount mount = {.kind = DOCKER_TMPFS, .propagation = STR("")};

	str_split(&word, ':', &mount.target);
	return draft_mount(reader, &unit->draft, at, &mount);
}

int option_port(struct reader *reader, const struct place *at, struct str word,
		struct quadlet *unit)
{
	struct port port = {.place = *at};
	const char *reason = "";
	int r = docker_port(word, reader->arena, &port, &reason);

	if (r == -EINVAL)
		return loose_fault(reader, at, reason);
	return r < 0 ? r : draft_port(&unit->draft, &port);
}

static int take_namespace(struct reader *reader, const struct place *at, struct str word,
			  struct str path, enum truth *ret)
{
	if (docker_has_variable(word))
		return loose_fault(reader, at, "is only known when it is run");
	if (str_eq(word, STR("host")) || str_eq(word, path))
		*ret = TRUTH_YES;
	else if (word.len && *ret == TRUTH_UNSET)
		*ret = TRUTH_NO;
	return 0;
}

int option_network(struct reader *reader, const struct place *at, struct str word,
		   struct quadlet *unit)
{
	struct str rest = word, kind = STR("");

	/* Networks are often templated; only what begins like the host's matters. */
	if (docker_has_variable(word))
		return 0;
	str_split(&rest, ':', &kind);
	if (!str_eq(kind, STR("host")))
		kind = word;
	return take_namespace(reader, at, kind, STR("ns:/proc/1/ns/net"),
			      &unit->workload.host_network);
}

static int take_pid(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit)
{
	return take_namespace(reader, at, word, STR("ns:/proc/1/ns/pid"), &unit->workload.host_pid);
}

static int take_ipc(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit)
{
	return take_namespace(reader, at, word, STR("ns:/proc/1/ns/ipc"), &unit->workload.host_ipc);
}

static int take_uts(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit)
{
	return take_namespace(reader, at, word, STR("ns:/proc/1/ns/uts"), &unit->workload.host_uts);
}

int option_userns(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	return take_namespace(reader, at, word, STR("ns:/proc/1/ns/user"),
			      &unit->workload.host_users);
}

/* Ids are mapped, so that the container's users are not the host's. */
int option_id_map(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	if (word.len && unit->workload.host_users == TRUTH_UNSET)
		unit->workload.host_users = TRUTH_NO;
	return 0;
}

int option_user(struct reader *reader, const struct place *at, struct str word,
		struct quadlet *unit)
{
	if (!word.len)
		return 0;
	docker_user(word, &unit->draft.container);
	return docker_user_known(word) ? 0
				       : loose_fault(reader, at, "is only known when it is run");
}

int option_group(struct reader *reader, const struct place *at, struct str word,
		 struct quadlet *unit)
{
	uint32_t id;

	if (str_parse_u32(word, &id) == 0)
		unit->draft.container.security.run_as_group =
			(struct number){.set = true, .value = id};
	return 0;
}

int option_group_add(struct reader *reader, const struct place *at, struct str word,
		     struct quadlet *unit)
{
	return draft_text(&unit->draft.groups, word);
}

static int take_security_opt(struct reader *reader, const struct place *at, struct str word,
			     struct quadlet *unit)
{
	const char *reason;

	if (docker_security_opt(word, &unit->draft.container.security, &reason) < 0)
		return loose_fault(reader, at, reason);
	return 0;
}

/* "SeccompProfile=unconfined" is "--security-opt seccomp=unconfined"; name is what stands before the value. */
static int take_option(struct reader *reader, const struct place *at, const char *name,
		       struct str word, struct quadlet *unit)
{
	struct str option = arena_printf(reader->arena, "%s%.*s", name, STR_FMT(word));

	return option.ptr ? take_security_opt(reader, at, option, unit) : -ENOMEM;
}

int option_seccomp(struct reader *reader, const struct place *at, struct str word,
		   struct quadlet *unit)
{
	/* Home and configuration directories are where profiles lie: a path, whatever it is. */
	if (word.len > 1 && word.ptr[0] == '%' && word.ptr[1] != '%')
		word = STR("/");
	return take_option(reader, at, "seccomp=", word, unit);
}

int option_apparmor(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit)
{
	return take_option(reader, at, "apparmor=", word, unit);
}

int option_unmask(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	return take_option(reader, at, "unmask=", word, unit);
}

int option_label_type(struct reader *reader, const struct place *at, struct str word,
		      struct quadlet *unit)
{
	return word.len ? take_option(reader, at, "label=type:", word, unit) : 0;
}

int option_label_level(struct reader *reader, const struct place *at, struct str word,
		       struct quadlet *unit)
{
	return word.len ? take_option(reader, at, "label=level:", word, unit) : 0;
}

int option_label_disable(struct reader *reader, const struct place *at, struct str word,
			 struct quadlet *unit)
{
	enum truth disable = TRUTH_UNSET;
	int r = take_truth(reader, at, word, &disable);

	if (r < 0 || disable != TRUTH_YES)
		return r;
	return take_security_opt(reader, at, STR("label=disable"), unit);
}

int option_no_new_privileges(struct reader *reader, const struct place *at, struct str word,
			     struct quadlet *unit)
{
	enum truth truth = TRUTH_UNSET;
	int r = take_truth(reader, at, word, &truth);

	if (truth != TRUTH_UNSET)
		unit->draft.container.security.allow_privilege_escalation =
			truth == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
	return r;
}

static int take_privileged(struct reader *reader, const struct place *at, struct str word,
			   struct quadlet *unit)
{
	return take_truth(reader, at, word, &unit->draft.container.security.privileged);
}

int option_read_only(struct reader *reader, const struct place *at, struct str word,
		     struct quadlet *unit)
{
	return take_truth(reader, at, word, &unit->draft.container.security.read_only_root);
}

static int take_tty(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit)
{
	return take_truth(reader, at, word, &unit->draft.container.tty);
}

static int take_stdin(struct reader *reader, const struct place *at, struct str word,
		      struct quadlet *unit)
{
	return take_truth(reader, at, word, &unit->draft.container.stdin_open);
}

/* KEY[=VALUE] */
int option_sysctl(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	struct str name = STR("");

	str_split(&word, '=', &name);
	return draft_text(&unit->draft.sysctls, name);
}

static int take_size(struct reader *reader, const struct place *at, struct str word,
		     struct text *ret)
{
	const char *reason;

	if (docker_size(word, &reason) < 0)
		return loose_fault(reader, at, reason);
	*ret = a_text(word);
	if (!word.len || word.ptr[0] == '-' || str_eq(word, STR("0")))
		*ret = (struct text){0};
	return 0;
}

int option_memory(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	return take_size(reader, at, word, &unit->draft.container.limits.memory);
}

static int take_reservation(struct reader *reader, const struct place *at, struct str word,
			    struct quadlet *unit)
{
	return take_size(reader, at, word, &unit->draft.container.requests.memory);
}

static int take_cpus(struct reader *reader, const struct place *at, struct str word,
		     struct quadlet *unit)
{
	double cpus;

	if (!docker_has_variable(word) && str_parse_double(word, &cpus) < 0)
		return loose_fault(reader, at, "is no number of CPUs");
	unit->draft.container.limits.cpu = str_eq(word, STR("0")) ? (struct text){0} : a_text(word);
	return 0;
}

int option_pids(struct reader *reader, const struct place *at, struct str word,
		struct quadlet *unit)
{
	struct number *pids = &unit->draft.container.limits.pids;
	uint32_t n;

	*pids = (struct number){0};
	if (!word.len)
		return 0;
	if (docker_has_variable(word))
		return loose_fault(reader, at, "is only known when it is run");
	if (str_eq(word, STR("-1")) || str_eq(word, STR("0"))) {
		*pids = (struct number){.set = true, .value = -1};
		return 0;
	}
	if (str_parse_u32(word, &n) < 0)
		return loose_fault(reader, at, "is no number of processes");
	*pids = (struct number){.set = true, .value = n};
	return 0;
}

int option_health(struct reader *reader, const struct place *at, struct str word,
		  struct quadlet *unit)
{
	unit->health = word.len && !str_eq(word, STR("none")) ? at->node : NULL;
	return 0;
}

int option_exec(struct reader *reader, const struct place *at, struct str word,
		struct quadlet *unit)
{
	return draft_text(&unit->draft.args, word);
}

int option_entrypoint(struct reader *reader, const struct place *at, struct str word,
		      struct quadlet *unit)
{
	return word.len ? draft_text(&unit->draft.command, word) : 0;
}

int option_pull(struct reader *reader, const struct place *at, struct str word,
		struct quadlet *unit)
{
	unit->draft.container.pull_policy = word;
	return 0;
}

/* --- PodmanArgs ---------------------------------------------------------------------------------- */

/* What is known so that letters behind it are read ("-dv /:/host"). */
static int take_nothing(struct reader *reader, const struct place *at, struct str word,
			struct quadlet *unit)
{
	return 0;
}

struct run_option {
	char letter;
	bool flag; /* takes no argument, or one behind "=" */
	const char *name;
	option_fn *take;
};

static const struct run_option options[] = {
	{'\0', false, "apparmor", option_apparmor},
	{'\0', false, "cap-add", option_cap_add},
	{'\0', false, "cap-drop", option_cap_drop},
	{'\0', false, "cpus", take_cpus},
	{'d', true, "detach", take_nothing},
	{'\0', false, "device", option_device},
	{'\0', false, "entrypoint", option_entrypoint},
	{'e', false, "env", option_env},
	{'\0', false, "gidmap", option_id_map},
	{'\0', false, "group-add", option_group_add},
	{'\0', false, "health-cmd", option_health},
	{'i', true, "interactive", take_stdin},
	{'\0', false, "ipc", take_ipc},
	{'m', false, "memory", option_memory},
	{'\0', false, "memory-reservation", take_reservation},
	{'\0', false, "mount", option_mount},
	{'\0', false, "net", option_network},
	{'\0', false, "network", option_network},
	{'\0', false, "pid", take_pid},
	{'\0', false, "pids-limit", option_pids},
	{'\0', true, "privileged", take_privileged},
	{'p', false, "publish", option_port},
	{'P', true, "publish-all", take_nothing},
	{'\0', false, "pull", option_pull},
	{'q', true, "quiet", take_nothing},
	{'\0', true, "read-only", option_read_only},
	{'\0', false, "secret", option_secret},
	{'\0', false, "security-opt", take_security_opt},
	{'\0', false, "subuidname", option_id_map},
	{'\0', false, "sysctl", option_sysctl},
	{'\0', false, "tmpfs", option_tmpfs},
	{'t', true, "tty", take_tty},
	{'\0', false, "uidmap", option_id_map},
	{'u', false, "user", option_user},
	{'\0', false, "userns", option_userns},
	{'\0', false, "uts", take_uts},
	{'v', false, "volume", option_volume},
};

static const struct run_option *find_option(struct str name, char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (letter ? options[i].letter == letter : str_eq(name, str_from(options[i].name)))
			return &options[i];
	return NULL;
}

/* "-it", "-v/srv:/srv", "-v /srv:/srv": an option that wants the next word is left in *ret_pending. */
static int take_letters(struct reader *reader, const struct place *at, struct str letters,
			struct quadlet *unit, const struct run_option **ret_pending)
{
	for (size_t i = 0; i < letters.len; i++) {
		const struct run_option *option = find_option(STR(""), letters.ptr[i]);
		struct str rest = str_from_offset(letters, i + 1);
		int r;

		/* One that is not known may have the rest as its argument. */
		if (!option)
			return 0;
		if (!option->flag) {
			if (rest.len && rest.ptr[0] == '=')
				rest = str_from_offset(rest, 1);
			*ret_pending = rest.len ? NULL : option;
			return rest.len ? option->take(reader, at, rest, unit) : 0;
		}
		r = option->take(reader, at, STR("true"), unit);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One argument; *pending is the option that waits for it, and then the one that waits for the next. */
int option_argument(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit, const struct run_option **pending)
{
	const struct run_option *option = *pending;
	struct str name;
	ssize_t equals;

	*pending = NULL;
	if (option)
		return option->take(reader, at, word, unit);
	if (word.len < 2 || word.ptr[0] != '-')
		return 0;
	if (word.ptr[1] != '-')
		return take_letters(reader, at, str_from_offset(word, 1), unit, pending);
	name = str_from_offset(word, 2);
	equals = str_find_char(name, '=');
	option = find_option(equals < 0 ? name : str_sub(name, 0, (size_t)equals), '\0');
	if (!option)
		return 0;
	if (equals >= 0)
		return option->take(reader, at, str_from_offset(name, (size_t)equals + 1), unit);
	if (option->flag)
		return option->take(reader, at, STR("true"), unit);
	*pending = option;
	return 0;
}
