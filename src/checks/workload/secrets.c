/*
 * Secrets that are written into a manifest: by the shape of a value, or by the name of a variable or option.
 * What was found is never told, only where it is.
 */
#include "base/compat.h"

#include "checks/workload/workload.h"

/* --- Shapes -------------------------------------------------------------------------------------- */

/* Tokens that begin with a mark of their issuer, and how many characters of their alphabet follow it. */
static const struct {
	struct str prefix;
	size_t least;
	const char *what;
} shapes[] = {
	{STR("AKIA"), 16, "an AWS access key"},	      {STR("ASIA"), 16, "an AWS access key"},
	{STR("AIza"), 35, "a Google API key"},	      {STR("ghp_"), 36, "a GitHub token"},
	{STR("gho_"), 36, "a GitHub token"},	      {STR("ghu_"), 36, "a GitHub token"},
	{STR("ghs_"), 36, "a GitHub token"},	      {STR("ghr_"), 36, "a GitHub token"},
	{STR("github_pat_"), 22, "a GitHub token"},   {STR("glpat-"), 20, "a GitLab token"},
	{STR("xoxa-"), 20, "a Slack token"},	      {STR("xoxb-"), 20, "a Slack token"},
	{STR("xoxp-"), 20, "a Slack token"},	      {STR("sk_live_"), 24, "a Stripe key"},
	{STR("rk_live_"), 24, "a Stripe key"},	      {STR("SG."), 60, "a SendGrid key"},
	{STR("dop_v1_"), 64, "a DigitalOcean token"}, {STR("hvs."), 24, "a Vault token"},
	{STR("eyJ"), 60, "a JSON web token"},
};

/* The first characters of them all, and of "-----BEGIN". */
static const bool begins_shape[256] = {
	['A'] = true, ['S'] = true, ['g'] = true, ['x'] = true, ['s'] = true,
	['r'] = true, ['d'] = true, ['h'] = true, ['e'] = true, ['-'] = true,
};

static const bool is_token_char[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
	['_'] = true,	      ['-'] = true,	    ['.'] = true,
};

/* The shortest of them. */
enum { SHAPE_MIN = 20, PEM_LABEL = 64 };

static size_t token_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_token_char[(unsigned char)s.ptr[n]])
		n++;
	return n;
}

static const char *shape_at(struct str s)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		struct str token;

		if (s.ptr[0] != shapes[i].prefix.ptr[0] || !str_starts(s, shapes[i].prefix))
			continue;
		token = str_sub(s, 0, token_length(s));
		if (token.len < shapes[i].prefix.len + shapes[i].least)
			continue;
		/* Documentation has keys that end so. A web token has a head and claims, both begin so. */
		if (str_find(token, STR("EXAMPLE")) >= 0 || str_find(token, STR("xxxx")) >= 0 ||
		    (shapes[i].prefix.ptr[0] == 'e' && str_find(token, STR(".eyJ")) < 0))
			continue;
		return shapes[i].what;
	}
	/* RFC 7468; the kind of the key comes before, in a few words. */
	if (str_starts(s, STR("-----BEGIN ")) &&
	    str_find(str_sub(s, 0, PEM_LABEL), STR("PRIVATE KEY-----")) >= 0)
		return "a private key";
	return NULL;
}

/* The password of "user:password@host" at the beginning, unless it comes from elsewhere. */
static bool has_password(struct str s)
{
	ssize_t at, colon;
	size_t end = 0;

	while (end < s.len && !memchr("/? \n\t\"'", s.ptr[end], 7))
		end++;
	at = str_rfind_char(str_sub(s, 0, end), '@');
	s = str_sub(s, 0, at < 0 ? 0 : (size_t)at);
	colon = str_find_char(s, ':');
	return colon >= 0 && secret_by_name(STR("PASSWORD"), str_from_offset(s, (size_t)colon + 1));
}

/* "scheme://user:password@host" */
static bool has_url_password(struct str s)
{
	for (ssize_t at = str_find(s, STR("://")); at >= 0; at = str_find(s, STR("://"))) {
		s = str_from_offset(s, (size_t)at + 3);
		if (has_password(s))
			return true;
	}
	return false;
}

const char *secret_shape(struct str text)
{
	bool inside = false; /* a word, where no token begins */

	for (size_t i = 0; i + SHAPE_MIN <= text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		const char *what = NULL;

		if (!inside && begins_shape[c])
			what = shape_at(str_from_offset(text, i));
		if (what)
			return what;
		inside = is_token_char[c];
	}
	return has_url_password(text) ? "a password in a URL" : NULL;
}

/* --- Names --------------------------------------------------------------------------------------- */

/* Words of a name, between '_', '-', '.' and changes of case: upper case, in a buffer. */
enum { MAX_WORDS = 12, MAX_NAME = 96 };

struct words {
	char text[MAX_NAME];
	struct str items[MAX_WORDS];
	size_t n;
};

static void split_words(struct str name, struct words *words)
{
	size_t len = 0, begin = 0;
	bool lower = false;

	words->n = 0;
	for (size_t i = 0; i <= name.len && len < MAX_NAME; i++) {
		char c = i < name.len ? name.ptr[i] : '_';
		bool upper = c >= 'A' && c <= 'Z', sep = c == '_' || c == '-' || c == '.';

		if ((sep || (upper && lower)) && len > begin && words->n < MAX_WORDS) {
			words->items[words->n++] = (struct str){words->text + begin, len - begin};
			begin = len;
		}
		lower = c >= 'a' && c <= 'z';
		if (!sep)
			words->text[len++] = lower ? (char)(c - 'a' + 'A') : c;
	}
}

static bool is_any(struct str word, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(word, list[i]))
			return true;
	return false;
}

#define IS_ANY(word, list) is_any((word), (list), ARRAY_LEN(list))

/* The last words say what a value is: DB_PASSWORD is one, PASSWORD_FILE and TOKEN_TTL are not. */
static bool names_secret(struct str name)
{
	static const struct str alone[] = {
		STR("PASSWORD"),     STR("PASSWD"),    STR("PASSPHRASE"), STR("SECRET"),
		STR("TOKEN"),	     STR("APIKEY"),    STR("CREDENTIAL"), STR("CREDENTIALS"),
		STR("PASS"),	     STR("PWD"),       STR("PASSCODE"),	  STR("SECRETKEY"),
		STR("AUTHTOKEN"),    STR("ACCESSKEY"), STR("PRIVATEKEY"), STR("DBPASSWORD"),
		STR("ROOTPASSWORD"),
	};
	static const struct str before_key[] = {
		STR("API"),    STR("ACCESS"),	  STR("PRIVATE"), STR("SECRET"), STR("SIGNING"),
		STR("MASTER"), STR("ENCRYPTION"), STR("APP"),	  STR("AUTH"),	 STR("ACCOUNT"),
	};
	static const struct str not_first[] = {
		STR("ALLOW"), STR("ENABLE"), STR("DISABLE"), STR("USE"),     STR("IS"),
		STR("NO"),    STR("SKIP"),   STR("REQUIRE"), STR("ENABLED"), STR("MAX"),
		STR("MIN"),   STR("OLDPWD"), STR("RANDOM"),
	};
	struct words words;
	struct str last, before;

	if (name.len >= MAX_NAME)
		return false;
	split_words(name, &words);
	if (!words.n || IS_ANY(words.items[0], not_first))
		return false;
	last = words.items[words.n - 1];
	before = words.n > 1 ? words.items[words.n - 2] : STR_NULL;
	if (str_eq(last, STR("KEY")))
		return IS_ANY(before, before_key);
	/* The working directory of a shell; names of Kubernetes secrets. */
	if ((words.n == 1 && str_eq(last, STR("PWD"))) ||
	    (str_eq(last, STR("SECRET")) &&
	     (str_eq(before, STR("TLS")) || str_eq(before, STR("PULL")))))
		return false;
	return IS_ANY(last, alone);
}

/* --- Values -------------------------------------------------------------------------------------- */

/* Text that stands for a value that comes from elsewhere, or for none. */
static bool is_reference(struct str v)
{
	static const struct str prefixes[] = {
		STR("/"),	    STR("./"),	    STR("~/"),	     STR("file:"), STR("vault:"),
		STR("arn:"),	    STR("ssm:"),    STR("op://"),    STR("ref+"),  STR("secret://"),
		STR("projects/"),   STR("ENC["),    STR("sm://"),    STR("awssm"), STR("keyvault"),
		STR("kms:"),	    STR("http://"), STR("https://"), STR("env:"),  STR("@/"),
		STR("run/secrets"),
	};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(v, prefixes[i]))
			return true;
	return str_find_char(v, '$') >= 0 || str_find(v, STR("{{")) >= 0 ||
	       (v.ptr[0] == '<' && v.ptr[v.len - 1] == '>') ||
	       (v.ptr[0] == '%' && v.len > 1 && v.len <= 3) ||
	       (v.ptr[0] == '[' && v.ptr[v.len - 1] == ']');
}

static char lower_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains_nocase(struct str s, struct str lower)
{
	for (size_t i = 0; i + lower.len <= s.len; i++) {
		size_t k = 0;

		while (k < lower.len && lower_case(s.ptr[i + k]) == lower.ptr[k])
			k++;
		if (k == lower.len)
			return true;
	}
	return false;
}

static bool is_placeholder(struct str v)
{
	static const struct str whole[] = {
		STR("true"), STR("false"), STR("yes"),	STR("no"),  STR("on"),	  STR("off"),
		STR("null"), STR("none"),  STR("todo"), STR("tbd"), STR("unset"), STR("dummy"),
	};
	static const struct str parts[] = {
		STR("changeme"), STR("change-me"), STR("change_me"), STR("change me"),
		STR("replace"),	 STR("your"),	   STR("example"),   STR("placeholder"),
		STR("redacted"), STR("xxxx"),	   STR("****"),	     STR("insert"),
	};
	bool same = true;

	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (str_eq_nocase(v, whole[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (contains_nocase(v, parts[i]))
			return true;
	for (size_t i = 1; i < v.len; i++)
		same = same && v.ptr[i] == v.ptr[0];
	return same;
}

bool secret_by_name(struct str name, struct str value)
{
	value = str_trim(value);
	return value.len && names_secret(name) && !is_reference(value) && !is_placeholder(value);
}

/* --- Rows ---------------------------------------------------------------------------------------- */

static int judge_env(const struct check_run *run, const struct container *c)
{
	enum origin origin = run_object(run)->origin;
	int worst = VERDICT_NONE;

	for (size_t i = 0; i < c->n_env; i++) {
		const struct env_var *v = &c->env[i];
		/* The value is not to be seen: neither quoted nor in an edit. */
		struct fault fault = {.place = v->place, .severity = SEVERITY_UNKNOWN};
		const char *shape;
		int r;

		if (!v->value.set)
			continue;
		worst = MAX(worst, (int)VERDICT_GOOD);
		shape = secret_shape(v->value.text);
		if (origin == ORIGIN_KUBERNETES || origin == ORIGIN_ECS)
			fault.field = "value";
		if (shape)
			r = emit_fault(run, &fault,
				       "variable %.*s of container '%.*s' holds %s in plain text",
				       STR_FMT(v->name), STR_FMT(c->name), shape);
		else if (secret_by_name(v->name, v->value.text))
			r = emit_fault(run, &fault,
				       "variable %.*s of container '%.*s' is written in plain text",
				       STR_FMT(v->name), STR_FMT(c->name));
		else
			continue;
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_secret_in_env(struct check_run *run)
{
	return each_container(run, judge_env);
}

/* "--password=x", and "--password" with the next argument. */
static bool option_is_secret(const struct text_list *list, size_t i)
{
	struct str arg = list->items[i], name = arg, value;
	ssize_t eq = str_find_char(arg, '=');

	if (!str_starts(arg, STR("-")))
		return false;
	while (name.len && name.ptr[0] == '-')
		name = str_from_offset(name, 1);
	if (eq >= 0) {
		name = str_sub(name, 0, (size_t)eq - (size_t)(name.ptr - arg.ptr));
		value = str_from_offset(arg, (size_t)eq + 1);
	} else if (str_starts(arg, STR("--")) && i + 1 < list->n &&
		   !str_starts(list->items[i + 1], STR("-"))) {
		value = list->items[i + 1];
	} else {
		return false;
	}
	return secret_by_name(name, value);
}

static int judge_arguments(const struct check_run *run, const struct container *c,
			   const struct text_list *list, bool args)
{
	struct fault fault = setting_fault(run, c, SETTING_COMMAND);
	int worst = list->n ? VERDICT_GOOD : VERDICT_NONE;

	if (args && is_kubernetes(run_object(run)))
		fault.field = "args";
	fault.wanted = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const char *shape = secret_shape(list->items[i]);
		int r;

		if (!shape && !option_is_secret(list, i))
			continue;
		r = emit_fault(run, &fault,
			       "argument %zu of container '%.*s' holds %s in plain text", i + 1,
			       STR_FMT(c->name), shape ? shape : "a secret");
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

static int judge_command(const struct check_run *run, const struct container *c)
{
	int r = judge_arguments(run, c, &c->command, false);
	int q = r < 0 ? r : judge_arguments(run, c, &c->args, true);

	return r < 0 || q < 0 ? MIN(r, q) : MAX(r, q);
}

int run_secret_in_command(struct check_run *run)
{
	return each_container(run, judge_command);
}

static int judge_secret_as_env(const struct check_run *run, const struct container *c)
{
	int worst = VERDICT_GOOD;

	for (size_t i = 0; i < c->n_env; i++) {
		const struct env_var *v = &c->env[i];
		const struct fault fault = {.place = v->place,
					    .field = is_kubernetes(run_object(run)) ? "valueFrom"
										    : NULL,
					    .seen = v->reference,
					    .severity = SEVERITY_UNKNOWN};
		int r;

		if (!v->from_secret)
			continue;
		r = emit_fault(run, &fault,
			       "container '%.*s' gets the secret '%.*s' as variable %.*s",
			       STR_FMT(c->name), STR_FMT(v->reference), STR_FMT(v->name));
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	for (size_t i = 0; i < c->env_from_secrets.n; i++) {
		const struct fault fault = {.place = c->place,
					    .field = is_kubernetes(run_object(run)) ? "envFrom"
										    : NULL,
					    .seen = c->env_from_secrets.items[i],
					    .severity = SEVERITY_UNKNOWN};
		int r = emit_fault(run, &fault,
				   "container '%.*s' gets all of secret '%.*s' as variables",
				   STR_FMT(c->name), STR_FMT(fault.seen));

		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_secret_as_env(struct check_run *run)
{
	/* ECS has no other way. */
	if (run_object(run)->origin == ORIGIN_ECS)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_secret_as_env);
}
