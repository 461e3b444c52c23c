/* Secrets that stand in files, and what should have been a Secret. Values are never printed. */
#include "base/compat.h"

#include "checks/emit.h"
#include "checks/fault.h"
#include "checks/object/object.h"
#include "checks/secret_words.h"
#include "core/field.h"

const char *object_key_field(struct arena *arena, const char *prefix, struct str key)
{
	bool plain = key.len > 0;

	for (size_t i = 0; i < key.len; i++)
		plain = plain && !memchr(".[]'", key.ptr[i], 4);
	return plain ? arena_printf(arena, "%s.%.*s", prefix, STR_FMT(key)).ptr
		     : arena_printf(arena, "%s['%.*s']", prefix, STR_FMT(key)).ptr;
}

/* Something that another tool puts the value in for: ${VAR}, $(VAR), <PASSWORD>, {{ … }}, sops' ENC[…], and
 * references of vals and bank-vaults. */
static bool is_placeholder(struct str value)
{
	static const struct {
		const char *begin, *end;
	} forms[] = {
		{"${", "}"},   {"$(", ")"},  {"<", ">"},     {"{{", "}}"}, {"%(", ")s"},
		{"ENC[", "]"}, {"ref+", ""}, {"vault:", ""}, {"%", "%"},
	};

	value = str_trim(value);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (str_starts(value, str_from(forms[i].begin)) &&
		    str_ends(value, str_from(forms[i].end)) && value.len > 1)
			return true;
	return false;
}

/* Certificates are public. */
static bool is_public_key_name(struct str key)
{
	return str_ends(key, STR(".crt")) || str_ends(key, STR(".cer")) ||
	       str_ends(key, STR(".pub"));
}

static bool is_secret(const struct object *object)
{
	return is_kind(object, STR(""), STR("Secret"));
}

/* --- Secrets ------------------------------------------------------------------------------------- */

/* How many values of a mapping are there to be read; *ret_first is the first one's key. */
static size_t count_values(const struct yaml_node *data, struct str *ret_first)
{
	size_t n = 0;

	if (!data || data->kind != YAML_MAPPING)
		return 0;
	for (size_t i = 0; i < data->n; i++) {
		const struct yaml_node *value = data->pairs[i].value;
		struct str key = data->pairs[i].key->text;

		if (value->kind != YAML_SCALAR || yaml_is_null(value) || !str_trim(value->text).len)
			continue;
		if (!secret_shape(value->text) &&
		    (is_placeholder(value->text) || is_public_key_name(key)))
			continue;
		if (n++ == 0)
			*ret_first = key;
	}
	return n;
}

int object_secret_data(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct fault fault = {.place = {object->root, STR("")}};
	const char *where = "data";
	struct str first = STR_NULL, first_text = STR_NULL;
	size_t n, n_text;

	/* In a cluster, values are what a Secret is for: only files are meant. */
	if (!is_secret(object) || object->path.len == 0)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = count_values(field_at(object->root, "data"), &first);
	n_text = count_values(field_at(object->root, "stringData"), &first_text);
	if (n + n_text == 0)
		return check_tally(run, OUTCOME_PASS);
	if (n == 0) {
		first = first_text;
		where = "stringData";
	}
	fault.field = object_key_field(run->sink->arena, where, first);
	if (!fault.field)
		return -ENOMEM;
	return emit_fault(run, &fault, "holds %zu value%s that whoever has the file can read",
			  n + n_text, plural_s(n + n_text));
}

int object_token_secret(struct check_run *run)
{
	const struct object *object = run_object(run);

	if (!is_secret(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (!str_eq(field_text(object->root, "type"), STR("kubernetes.io/service-account-token")))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run,
			  &(struct fault){.place = {object->root, STR("")},
					  .field = "type",
					  .seen = STR("kubernetes.io/service-account-token")},
			  "asks for a token that never expires");
}

/* --- ConfigMaps ---------------------------------------------------------------------------------- */

/* Lower case and without what divides words: "DB_Password" is "dbpassword". */
static struct str squeeze(struct str name, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < size; i++) {
		char c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			out[n++] = (char)(c - 'A' + 'a');
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	return (struct str){out, n};
}

/* Does a name say that its value is a credential? Endings, for "password_file" and "token_url" are none. */
static bool names_credential(struct str name)
{
	static const char *const endings[] = {
		"password",   "passwd",	      "passphrase",	 "pwd",
		"secret",     "secretkey",    "apikey",		 "accesskey",
		"privatekey", "authtoken",    "accesstoken",	 "apitoken",
		"token",      "clientsecret", "secretaccesskey", "credentials",
	};
	char text[128];
	/* A long one's end is what counts. */
	struct str s = squeeze(str_from_offset(name, name.len > 100 ? name.len - 100 : 0), text,
			       sizeof(text));

	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends(s, str_from(endings[i])))
			return true;
	return false;
}

static struct str unquote(struct str value)
{
	value = str_trim(value);
	if (value.len && (value.ptr[value.len - 1] == ',' || value.ptr[value.len - 1] == ';'))
		value = str_trim(str_sub(value, 0, value.len - 1));
	if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
	    value.ptr[value.len - 1] == value.ptr[0])
		value = str_sub(value, 1, value.len - 2);
	return value;
}

/* Is it a value, and not a place where one is kept, a switch, or nothing? */
static bool is_value(struct str value)
{
	static const char *const others[] = {"true", "false", "null", "none", "nil", "yes", "no"};

	value = unquote(value);
	if (value.len < 4 || is_placeholder(value) || value.ptr[0] == '/' || value.ptr[0] == '$' ||
	    str_find_char(value, ' ') >= 0 || str_find(value, STR("://")) >= 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_eq_nocase(value, str_from(others[i])))
			return false;
	/* "xxxxx", "*****": nobody's password. */
	for (size_t i = 1; i < value.len; i++)
		if (value.ptr[i] != value.ptr[0])
			return true;
	return false;
}

/* Does a line of a file inside name a credential and say it? */
static bool judge_line(struct str line)
{
	size_t end = 0;

	line = str_trim(line);
	if (str_starts(line, STR("#")) || str_starts(line, STR("//")) || str_starts(line, STR(";")))
		return false;
	while (end < line.len && line.ptr[end] != '=' && line.ptr[end] != ':')
		end++;
	return end < line.len && end <= 80 && names_credential(str_sub(line, 0, end)) &&
	       is_value(str_from_offset(line, end + 1));
}

static const char *judge_entry(struct str key, struct str value)
{
	struct str rest = value, line;
	const char *what = secret_shape(value);

	if (what)
		return what;
	if (str_find_char(str_trim(value), '\n') < 0 &&
	    ((names_credential(key) && is_value(value)) || secret_by_name(key, value)))
		return "a credential by its name";
	while (str_next_line(&rest, &line))
		if (judge_line(line))
			return "a credential by its name";
	return NULL;
}

int object_config_map_credential(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *data;
	bool failed = false;

	if (!is_kind(object, STR(""), STR("ConfigMap")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	data = field_at(object->root, "data");
	for (size_t i = 0; data && data->kind == YAML_MAPPING && i < data->n; i++) {
		const struct yaml_node *value = data->pairs[i].value;
		struct str key = data->pairs[i].key->text;
		struct fault fault = {.place = {object->root, STR("")}};
		const char *what;
		int r;

		what = value->kind == YAML_SCALAR ? judge_entry(key, value->text) : NULL;
		if (!what)
			continue;
		fault.field = object_key_field(run->sink->arena, "data", key);
		if (!fault.field)
			return -ENOMEM;
		r = emit_fault(run, &fault, "'%.*s' holds %s, readable by all who read ConfigMaps",
			       STR_FMT(key), what);
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}
