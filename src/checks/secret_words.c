/* Secrets in texts: by the shape of a value, or by the name that it has. */
#include "base/compat.h"

#include "checks/secret_words.h"

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

/* The password of "user:password". */
static bool has_password(struct str s, enum origin origin)
{
	ssize_t colon = str_find_char(s, ':');

	return colon >= 0 &&
	       secret_by_name_in(STR("PASSWORD"), str_from_offset(s, (size_t)colon + 1), origin);
}

/* "scheme://user:password@host" */
static bool has_url_password(struct str s, enum origin origin)
{
	for (ssize_t at = str_find(s, STR("://")); at >= 0; at = str_find(s, STR("://"))) {
		size_t end = 0;

		s = str_from_offset(s, (size_t)at + 3);
		while (end < s.len && !memchr("/? \n\t\"'", s.ptr[end], 7))
			end++;
		at = str_rfind_char(str_sub(s, 0, end), '@');
		if (at >= 0 && has_password(str_sub(s, 0, (size_t)at), origin))
			return true;
	}
	return false;
}

/* "user:password@tcp(host:port)/db": data source names of Go's MySQL driver. */
static bool has_dsn_password(struct str s, enum origin origin)
{
	for (ssize_t at = str_find(s, STR("@tcp(")); at >= 0; at = str_find(s, STR("@tcp("))) {
		size_t begin = (size_t)at;

		while (begin && !memchr(" \n\t\"'=", s.ptr[begin - 1], 6))
			begin--;
		if (has_password(str_sub(s, begin, (size_t)at - begin), origin))
			return true;
		s = str_from_offset(s, (size_t)at + 1);
	}
	return false;
}

/* RFC 7617: the credentials are base64, where words ("Basic authentication") have no capital in their middle. */
static bool has_basic_credentials(struct str s)
{
	for (ssize_t at = str_find(s, STR("Basic ")); at >= 0; at = str_find(s, STR("Basic "))) {
		bool lower = false, mixed = false;
		size_t n = 0;

		s = str_from_offset(s, (size_t)at + 6);
		for (; n < s.len &&
		       (is_token_char[(unsigned char)s.ptr[n]] || memchr("+/=", s.ptr[n], 3));
		     n++) {
			mixed |= lower && s.ptr[n] >= 'A' && s.ptr[n] <= 'Z';
			lower |= s.ptr[n] >= 'a' && s.ptr[n] <= 'z';
		}
		if (n >= 8 && mixed)
			return true;
	}
	return false;
}

const char *secret_shape(struct str text)
{
	return secret_shape_in(text, ORIGIN_MAX_);
}

const char *secret_shape_in(struct str text, enum origin origin)
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
	if (has_basic_credentials(text))
		return "HTTP credentials";
	if (has_dsn_password(text, origin))
		return "a password in a data source name";
	return has_url_password(text, origin) ? "a password in a URL" : NULL;
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
		STR("PASSWORD"),   STR("PASSWD"),    STR("PASSPHRASE"), STR("SECRET"),
		STR("TOKEN"),	   STR("APIKEY"),    STR("CREDENTIAL"), STR("CREDENTIALS"),
		STR("PASS"),	   STR("PWD"),	     STR("PASSCODE"),	STR("SECRETKEY"),
		STR("AUTHTOKEN"),  STR("ACCESSKEY"), STR("PRIVATEKEY"), STR("REQUIREPASS"),
		STR("MASTERAUTH"),
	};
	/* "PGPASSWORD", "rootpassword" */
	static const struct str endings[] = {STR("PASSWORD"), STR("PASSWD"), STR("PASSPHRASE")};
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
	/* Rails: SECRET_KEY_BASE. */
	if (words.n >= 3 && str_eq(last, STR("BASE")) && str_eq(before, STR("KEY")))
		return str_eq(words.items[words.n - 3], STR("SECRET"));
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends(last, endings[i]))
			return true;
	return IS_ANY(last, alone);
}

/* "REDIS_PASSWORD_SECRET: redis-secret" says which Secret has the password. */
static bool names_kubernetes_secret(struct str name, struct str value)
{
	static const struct str before_secret[] = {STR("PASSWORD"), STR("PASSWD"),
						   STR("CREDENTIAL"), STR("CREDENTIALS"),
						   STR("EXISTING")};
	struct words words;

	if (name.len >= MAX_NAME)
		return false;
	split_words(name, &words);
	if (words.n < 2 || !str_eq(words.items[words.n - 1], STR("SECRET")) ||
	    !IS_ANY(words.items[words.n - 2], before_secret))
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (!(value.ptr[i] >= 'a' && value.ptr[i] <= 'z') && !memchr("-.", value.ptr[i], 2))
			return false;
	return true;
}

/* --- Values -------------------------------------------------------------------------------------- */

static bool is_name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

/* "$NAME" and nothing else, as tools write them that fill manifests in; in capitals, as no password is. */
static bool is_bare_variable(struct str v)
{
	for (size_t i = 1; i < v.len; i++)
		if (!is_name_char(v.ptr[i], i == 1) || (v.ptr[i] >= 'a' && v.ptr[i] <= 'z'))
			return false;
	return v.len > 1 && v.ptr[0] == '$';
}

/* Which signs behind a '$' begin a variable: Kubernetes has $(NAME) alone (API reference, EnvVar), compose ${NAME}
 * and $NAME (compose-spec, Interpolation), CloudFormation and Nomad ${NAME}; shells have them all. */
static bool has_variable(struct str v, enum origin origin)
{
	bool all = origin == ORIGIN_MAX_;

	for (size_t i = 0; i + 1 < v.len; i++) {
		char c = v.ptr[i + 1];

		if (v.ptr[i] != '$')
			continue;
		/* Written twice it is one for the shell. */
		if (c == '$' && !all) {
			i++;
			continue;
		}
		if ((c == '(' && (all || origin == ORIGIN_KUBERNETES)) ||
		    (c == '{' && origin != ORIGIN_KUBERNETES && origin != ORIGIN_QUADLET) ||
		    (is_name_char(c, true) && (all || origin == ORIGIN_COMPOSE)))
			return true;
	}
	return false;
}

/* Text that stands for a value that comes from elsewhere, or for none. */
static bool is_reference(struct str v, enum origin origin)
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
	return has_variable(v, origin) || is_bare_variable(v) ||
	       (str_starts(v, STR("${")) && str_ends(v, STR("}"))) || str_find(v, STR("{{")) >= 0 ||
	       (v.ptr[0] == '<' && v.ptr[v.len - 1] == '>') ||
	       ((origin == ORIGIN_QUADLET || origin == ORIGIN_MAX_) && v.ptr[0] == '%' &&
		v.len > 1 && (v.len <= 3 || v.ptr[2] == '/')) ||
	       (v.ptr[0] == '[' && v.ptr[v.len - 1] == ']');
}

/* "${NAME:-default}" is its default when nobody sets it (compose-spec, Interpolation). */
static struct str with_default(struct str v)
{
	ssize_t at;

	if (!str_starts(v, STR("${")) || !str_ends(v, STR("}")))
		return v;
	at = str_find_char(v, '-');
	if (at < 0 || str_find_char(str_sub(v, 2, v.len - 3), '}') >= 0)
		return v;
	return str_sub(v, (size_t)at + 1, v.len - (size_t)at - 2);
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
		STR("replace"),	 STR("your"), STR("example"), STR("placeholder"),
		STR("redacted"), STR("xxxx"), STR("****"),    STR("insert"),
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
	return secret_by_name_in(name, value, ORIGIN_MAX_);
}

bool secret_by_name_in(struct str name, struct str value, enum origin origin)
{
	value = str_trim(value);
	if (!value.len || !names_secret(name))
		return false;
	if (origin == ORIGIN_COMPOSE || origin == ORIGIN_MAX_)
		value = with_default(value);
	return value.len && !is_reference(value, origin) && !is_placeholder(value) &&
	       !names_kubernetes_secret(name, value);
}
