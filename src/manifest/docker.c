/* Short forms of docker and podman: see docker.h. */
#include "base/compat.h"

#include "manifest/docker.h"

enum { PORT_MAX = 65535 };

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool docker_has_variable(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '$' && s.ptr[i] != '%')
			continue;
		/* A sign that is written twice stands for itself. */
		if (i + 1 < s.len && s.ptr[i + 1] == s.ptr[i])
			i++;
		else if (i + 1 < s.len)
			return true;
	}
	return false;
}

bool docker_known(struct str *s)
{
	struct str inner;

	if (!docker_has_variable(*s))
		return true;
	if (!str_starts(*s, STR("${")) || !str_ends(*s, STR("}")))
		return false;
	inner = str_sub(*s, 2, s->len - 3);
	for (size_t i = 0; i < inner.len; i++) {
		char c = inner.ptr[i];

		if (c == ':' && i + 1 < inner.len && inner.ptr[i + 1] == '-')
			i++;
		else if (c == '}' || c == ':' || c == '?' || c == '+')
			return false;
		else if (c != '-')
			continue;
		inner = str_from_offset(inner, i + 1);
		if (docker_has_variable(inner) || str_find_char(inner, '}') >= 0)
			return false;
		*s = inner;
		return true;
	}
	return false;
}

bool docker_split(struct str *rest, char sep, struct str *ret_part)
{
	size_t depth = 0, i;

	if (!rest->ptr)
		return false;
	for (i = 0; i < rest->len; i++) {
		char c = rest->ptr[i];

		if (c == '$' && i + 1 < rest->len && rest->ptr[i + 1] == '{') {
			depth++;
			i++;
		} else if (c == '}' && depth) {
			depth--;
		} else if (c == sep && !depth) {
			break;
		}
	}
	*ret_part = str_sub(*rest, 0, i);
	*rest = i < rest->len ? str_from_offset(*rest, i + 1) : STR_NULL;
	return true;
}

struct str docker_capability(struct str s, struct arena *arena)
{
	bool same = true;
	char *copy;

	s = str_trim(s);
	if (s.len > 4 && str_eq_nocase(str_sub(s, 0, 4), STR("CAP_")))
		s = str_from_offset(s, 4);
	for (size_t i = 0; i < s.len && same; i++)
		same = upper(s.ptr[i]) == s.ptr[i];
	if (same)
		return s.ptr ? s : STR("");
	copy = arena_alloc(arena, s.len);
	if (!copy)
		return STR_NULL;
	for (size_t i = 0; i < s.len; i++)
		copy[i] = upper(s.ptr[i]);
	return (struct str){copy, s.len};
}

static struct number id_number(struct str s)
{
	uint32_t id;

	if (!docker_known(&s))
		return (struct number){0};
	if (str_eq(s, STR("root")))
		return (struct number){.set = true};
	if (str_parse_u32(s, &id) < 0)
		return (struct number){0};
	return (struct number){.set = true, .value = id};
}

void docker_user(struct str s, struct container *ret)
{
	struct str rest = s, part;

	ret->user = (struct text){.set = true, .text = s};
	if (docker_split(&rest, ':', &part))
		ret->security.run_as_user = id_number(part);
	if (docker_split(&rest, ':', &part))
		ret->security.run_as_group = id_number(part);
}

bool docker_user_known(struct str s)
{
	struct str user = STR("");

	docker_split(&s, ':', &user);
	return docker_known(&user);
}

enum truth docker_truth(struct str s)
{
	static const char *const yes[] = {"true", "yes", "on", "1", "t", "y"};
	static const char *const no[] = {"false", "no", "off", "0", "f", "n"};

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (str_eq_nocase(s, str_from(yes[i])))
			return TRUTH_YES;
		if (str_eq_nocase(s, str_from(no[i])))
			return TRUTH_NO;
	}
	return TRUTH_UNSET;
}

/* The words of Kubernetes for a profile. */
static struct text profile(struct str value, struct str ours, struct str ours_too)
{
	struct text text = {.set = true, .text = STR("Localhost")};

	if (str_eq(value, STR("unconfined")))
		text.text = STR("Unconfined");
	else if (str_eq(value, ours) || (ours_too.len && str_starts(value, ours_too)))
		text.text = STR("RuntimeDefault");
	return text;
}

static void label_option(struct str value, struct security *ret)
{
	struct {
		struct str prefix;
		struct text *text;
	} parts[] = {
		{STR("type:"), &ret->selinux_type},
		{STR("user:"), &ret->selinux_user},
		{STR("role:"), &ret->selinux_role},
		{STR("level:"), &ret->selinux_level},
	};

	/* Without labels a container runs as the type that SELinux does not confine. */
	if (str_eq(value, STR("disable"))) {
		ret->has_selinux = true;
		ret->selinux_type = (struct text){.set = true, .text = STR("spc_t")};
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!str_starts(value, parts[i].prefix))
			continue;
		ret->has_selinux = true;
		*parts[i].text = (struct text){.set = true,
					       .text = str_from_offset(value, parts[i].prefix.len)};
	}
}

static bool unmasks_proc(struct str paths)
{
	struct str path;

	while (docker_split(&paths, ':', &path))
		if (str_eq_nocase(path, STR("ALL")) || str_starts(path, STR("/proc")))
			return true;
	return false;
}

static int no_new_privileges(struct str value, struct security *ret, const char **ret_reason)
{
	enum truth truth = value.len ? docker_truth(value) : TRUTH_YES;

	if (truth == TRUTH_UNSET) {
		*ret_reason = "has neither true nor false behind no-new-privileges";
		return -EINVAL;
	}
	ret->allow_privilege_escalation = truth == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
	return 0;
}

int docker_security_opt(struct str s, struct security *ret, const char **ret_reason)
{
	/* In both there is nothing to be judged: a Windows account; more that is hidden. */
	static const char *const harmless[] = {"credentialspec", "mask", "proc-opts",
					       "writable-cgroups"};
	struct str value = STR("");
	ssize_t at = str_find_char(s, '=');

	if (at < 0)
		at = str_find_char(s, ':');
	if (at >= 0) {
		value = str_from_offset(s, (size_t)at + 1);
		s = str_sub(s, 0, (size_t)at);
	}
	*ret_reason = "is only known when it is run";
	if (docker_has_variable(s) || !docker_known(&value))
		return -EINVAL;
	if (str_eq(s, STR("no-new-privileges")))
		return no_new_privileges(value, ret, ret_reason);
	if (str_eq(s, STR("seccomp"))) {
		ret->has_seccomp = true;
		ret->seccomp = profile(value, STR("builtin"), STR_NULL);
		return 0;
	}
	if (str_eq(s, STR("apparmor"))) {
		ret->has_apparmor = true;
		ret->apparmor = profile(value, STR("docker-default"), STR("containers-default"));
		return 0;
	}
	if (str_eq(s, STR("label"))) {
		label_option(value, ret);
		return 0;
	}
	if ((str_eq(s, STR("systempaths")) && str_eq(value, STR("unconfined"))) ||
	    (str_eq(s, STR("unmask")) && unmasks_proc(value))) {
		ret->proc_mount = (struct text){.set = true, .text = STR("Unmasked")};
		return 0;
	}
	if (str_eq(s, STR("systempaths")) || str_eq(s, STR("unmask")))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (str_eq(s, str_from(harmless[i])))
			return 0;
	*ret_reason = "is no security option that is known";
	return -EINVAL;
}

int docker_port_number(struct str s, struct number *ret, const char **ret_reason)
{
	struct str last = s, first;
	uint32_t n;

	/* A range may have variables, too: only what is written is judged. */
	while (docker_split(&last, '-', &first)) {
		if (!docker_known(&first))
			return 0;
		if (str_parse_u32(first, &n) < 0) {
			*ret_reason = "is no port";
			return -EINVAL;
		}
		if (n > PORT_MAX) {
			*ret_reason = "is out of the range of ports";
			return -EINVAL;
		}
		if (!ret->set)
			*ret = (struct number){.set = true, .value = n};
	}
	return 0;
}

struct str docker_upper(struct str s, struct arena *arena)
{
	char *copy = arena_alloc(arena, MAX(s.len, (size_t)1));

	for (size_t i = 0; copy && i < s.len; i++)
		copy[i] = upper(s.ptr[i]);
	return (struct str){copy, s.len};
}

/* The last part between colons, which are neither in variables nor in the brackets of IPv6. */
static bool split_last(struct str *rest, struct str *ret_part)
{
	size_t braces = 0, brackets = 0, i;

	if (!rest->ptr)
		return false;
	for (i = rest->len; i > 0; i--) {
		char c = rest->ptr[i - 1];

		if (c == '}')
			braces++;
		else if (c == '{' && braces)
			braces--;
		else if (c == ']')
			brackets++;
		else if (c == '[' && brackets)
			brackets--;
		else if (c == ':' && !braces && !brackets)
			break;
	}
	*ret_part = str_from_offset(*rest, i);
	*rest = i ? str_sub(*rest, 0, i - 1) : STR_NULL;
	return true;
}

static int protocol(struct str *s, struct arena *arena, struct str *ret)
{
	ssize_t slash = str_rfind_char(*s, '/');

	/* A slash in a variable is none. */
	if (slash < 0 || str_find_char(str_from_offset(*s, (size_t)slash), '}') >= 0)
		return 0;
	*ret = docker_upper(str_from_offset(*s, (size_t)slash + 1), arena);
	*s = str_sub(*s, 0, (size_t)slash);
	return ret->ptr ? 0 : -ENOMEM;
}

int docker_port(struct str s, struct arena *arena, struct port *ret, const char **ret_reason)
{
	struct str rest, container = STR(""), host = STR("");
	int r;

	rest = str_trim(s);
	if (!rest.len) {
		*ret_reason = "is empty";
		return -EINVAL;
	}
	r = protocol(&rest, arena, &ret->protocol);
	if (r < 0)
		return r;
	split_last(&rest, &container);
	r = docker_port_number(container, &ret->container, ret_reason);
	if (r < 0)
		return r;
	if (!split_last(&rest, &host))
		return 0;
	/* Without a number the engine picks one. */
	r = host.len ? docker_port_number(host, &ret->host, ret_reason) : 0;
	if (r < 0 || !rest.ptr)
		return r;
	docker_known(&rest);
	if (str_starts(rest, STR("[")) && str_ends(rest, STR("]")))
		rest = str_sub(rest, 1, rest.len - 2);
	ret->host_ip = rest;
	return 0;
}

int docker_size(struct str s, const char **ret_reason)
{
	static const char *const units[] = {"",	  "b",	 "k", "kb", "kib", "m", "mb", "mib", "g",
					    "gb", "gib", "t", "tb", "tib", "p", "pb", "pib"};
	size_t digits = 0;
	struct str unit;
	double value;

	if (!docker_known(&s))
		return 0;
	s = str_trim(s);
	if (str_eq(s, STR("-1")))
		return 0;
	while (digits < s.len &&
	       ((s.ptr[digits] >= '0' && s.ptr[digits] <= '9') || s.ptr[digits] == '.'))
		digits++;
	if (digits == 0 || str_parse_double(str_sub(s, 0, digits), &value) < 0) {
		*ret_reason = "is no size";
		return -EINVAL;
	}
	unit = str_trim(str_from_offset(s, digits));
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_eq_nocase(unit, str_from(units[i])))
			return 0;
	*ret_reason = "has a unit that does not exist";
	return -EINVAL;
}

static bool starts_with_drive(struct str s)
{
	bool letter = s.len > 2 && upper(s.ptr[0]) >= 'A' && upper(s.ptr[0]) <= 'Z';

	return letter && s.ptr[1] == ':' && (s.ptr[2] == '\\' || s.ptr[2] == '/');
}

bool docker_is_path(struct str source)
{
	/* A variable could be either; the path is what can do harm. "%h" is a home, "%t" a run directory. */
	return source.len && (memchr("/.~$%\\", source.ptr[0], 6) || starts_with_drive(source));
}

struct str docker_propagation(struct str s)
{
	if (str_eq(s, STR("shared")) || str_eq(s, STR("rshared")))
		return STR("Bidirectional");
	if (str_eq(s, STR("slave")) || str_eq(s, STR("rslave")))
		return STR("HostToContainer");
	return STR("");
}

bool docker_mount_kind(struct str s, enum docker_mount_kind *ret)
{
	static const struct {
		const char *name;
		enum docker_mount_kind kind;
	} kinds[] = {
		{"bind", DOCKER_BIND},	    {"volume", DOCKER_VOLUME}, {"tmpfs", DOCKER_TMPFS},
		{"ramfs", DOCKER_TMPFS},    {"image", DOCKER_IMAGE},   {"glob", DOCKER_BIND},
		{"npipe", DOCKER_BIND},	    {"cluster", DOCKER_OTHER}, {"devpts", DOCKER_OTHER},
		{"artifact", DOCKER_OTHER},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq(s, str_from(kinds[i].name))) {
			*ret = kinds[i].kind;
			return true;
		}
	}
	return false;
}

/* A part of a volume: a drive's colon does not end it. */
static bool split_path(struct str *rest, struct str *ret_part)
{
	struct str whole = *rest, tail;

	if (!rest->ptr || !starts_with_drive(*rest))
		return docker_split(rest, ':', ret_part);
	tail = str_from_offset(whole, 2);
	if (!docker_split(&tail, ':', ret_part))
		return false;
	*ret_part = str_sub(whole, 0, ret_part->len + 2);
	*rest = tail;
	return true;
}

int docker_volume(struct str s, struct docker_mount *ret, const char **ret_reason)
{
	struct str rest = str_trim(s), first = STR(""), second, option;

	*ret = (struct docker_mount){.kind = DOCKER_VOLUME, .propagation = STR("")};
	if (!rest.len) {
		*ret_reason = "is empty";
		return -EINVAL;
	}
	split_path(&rest, &first);
	if (!split_path(&rest, &second)) {
		ret->target = first;
		return 0;
	}
	docker_known(&first);
	ret->source = first;
	ret->target = second;
	if (docker_is_path(first))
		ret->kind = DOCKER_BIND;
	while (docker_split(&rest, ',', &option)) {
		struct str propagation = docker_propagation(option);

		if (str_eq(option, STR("ro")) || str_eq(option, STR("readonly")))
			ret->read_only = TRUTH_YES;
		else if (str_eq(option, STR("rw")))
			ret->read_only = TRUTH_NO;
		else if (propagation.len)
			ret->propagation = propagation;
	}
	return 0;
}

int docker_mount(struct str s, struct docker_mount *ret, const char **ret_reason)
{
	struct str rest = str_trim(s), part;

	*ret = (struct docker_mount){.kind = DOCKER_VOLUME, .propagation = STR("")};
	while (docker_split(&rest, ',', &part)) {
		ssize_t equals = str_find_char(part, '=');
		struct str key = str_trim(equals < 0 ? part : str_sub(part, 0, (size_t)equals));
		struct str value =
			equals < 0 ? STR("") : str_trim(str_from_offset(part, (size_t)equals + 1));

		if (str_eq(key, STR("type"))) {
			if (!docker_mount_kind(value, &ret->kind)) {
				*ret_reason = "has a type of mount that does not exist";
				return -EINVAL;
			}
		} else if (str_eq(key, STR("source")) || str_eq(key, STR("src"))) {
			docker_known(&value);
			ret->source = value;
		} else if (str_eq(key, STR("target")) || str_eq(key, STR("destination")) ||
			   str_eq(key, STR("dst"))) {
			ret->target = value;
		} else if (str_eq(key, STR("readonly")) || str_eq(key, STR("ro"))) {
			ret->read_only = equals < 0 ? TRUTH_YES : docker_truth(value);
		} else if (str_eq(key, STR("bind-propagation"))) {
			ret->propagation = docker_propagation(value);
		}
	}
	if (!ret->target.len) {
		*ret_reason = "has no target";
		return -EINVAL;
	}
	return 0;
}

struct str docker_device(struct str s)
{
	struct str rest = str_trim(s), part;

	if (docker_split(&rest, ':', &part)) {
		docker_known(&part);
		return part;
	}
	return STR("");
}
