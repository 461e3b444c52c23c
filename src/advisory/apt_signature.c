/* Signatures of release files: see apt_signature.h. */
#include "base/compat.h"

#include "advisory/apt_signature.h"

#include "base/proc.h"
#include "core/limits.h"

enum { KEYRINGS_MAX = 16, STATUS_FD = 3 };
/* gpgv takes well under a second for any release file, and some megabytes. */
enum { GPGV_SECONDS = 60 };

/* Of the packages debian-archive-keyring and ubuntu-keyring, under their older and newer names. */
static const char *const machine_keyrings[] = {
	"/usr/share/keyrings/debian-archive-keyring.gpg",
	"/usr/share/keyrings/debian-archive-keyring.pgp",
	"/usr/share/keyrings/ubuntu-archive-keyring.gpg",
};

static const struct str begin_message = STR("-----BEGIN PGP SIGNED MESSAGE-----");
static const struct str begin_signature = STR("-----BEGIN PGP SIGNATURE-----");

int clearsigned_text(struct str message, struct buf *ret_text)
{
	struct str line;

	if (!str_next_line(&message, &line) || !str_eq(line, begin_message))
		return -EINVAL;
	/* Armour headers ("Hash: SHA256") end with an empty line. */
	do {
		if (!str_next_line(&message, &line))
			return -EINVAL;
	} while (line.len);
	while (str_next_line(&message, &line)) {
		if (str_eq(line, begin_signature))
			return 0;
		/* Lines that begin with a dash are escaped with "- ". */
		if (str_starts(line, STR("- ")))
			line = str_from_offset(line, 2);
		buf_add_str(ret_text, line);
		buf_add_char(ret_text, '\n');
	}
	return -EINVAL;
}

/* What gpgv said on its status descriptor (GnuPG's doc/DETAILS). */
struct verdicts {
	unsigned good, bad, expired, unknown, plaintexts;
	char key[41]; /* of a signature that could not be checked */
};

static struct verdicts status_parse(struct str status)
{
	struct verdicts v = {0};
	struct str line, word, key;

	while (str_next_line(&status, &line)) {
		if (!str_next_word(&line, &word) || !str_eq(word, STR("[GNUPG:]")) ||
		    !str_next_word(&line, &word))
			continue;
		v.good += str_eq(word, STR("GOODSIG"));
		v.bad += str_eq(word, STR("BADSIG"));
		v.plaintexts += str_eq(word, STR("PLAINTEXT"));
		/* VALIDSIG follows these as it follows GOODSIG: it is not asked. */
		v.expired += str_eq(word, STR("EXPKEYSIG")) || str_eq(word, STR("EXPSIG")) ||
			     str_eq(word, STR("REVKEYSIG"));
		if (str_eq(word, STR("NO_PUBKEY")) && str_next_word(&line, &key)) {
			v.unknown++;
			snprintf(v.key, sizeof(v.key), "%.*s", STR_FMT(key));
		}
	}
	return v;
}

/* Keyrings that are named have to exist; of the machine's those count that do. */
static int choose_keyrings(const struct apt_keys *keys, const char *chosen[KEYRINGS_MAX],
			   size_t *ret_n, struct err *err)
{
	size_t n = 0;

	if (keys->n_keyrings > KEYRINGS_MAX)
		return err_set(err, ERR_LIMIT, "cannot use more than %d keyrings", KEYRINGS_MAX);
	for (size_t i = 0; i < keys->n_keyrings; i++) {
		if (access(keys->keyrings[i], R_OK) < 0)
			return err_errno(err, errno, "cannot read keyring '%s'", keys->keyrings[i]);
		chosen[n++] = keys->keyrings[i];
	}
	for (size_t i = 0; keys->n_keyrings == 0 && i < ARRAY_LEN(machine_keyrings); i++)
		if (access(machine_keyrings[i], R_OK) == 0)
			chosen[n++] = machine_keyrings[i];
	*ret_n = n;
	return 0;
}

static int run_gpgv(const char *gpgv, const char *const *keyrings, size_t n_keyrings,
		    struct str message, struct buf *text, struct verdicts *ret, struct err *err)
{
	_cleanup_buf_ struct buf status = BUF_INIT(LIMIT_SMALL_TEXT);
	const struct proc_output outputs[] = {{STDOUT_FILENO, text}, {STATUS_FD, &status}};
	const struct proc_options options = {
		.dir = AT_FDCWD, .seconds = GPGV_SECONDS, .memory = LIMIT_CONFINED_MEMORY};
	const char *argv[2 * KEYRINGS_MAX + 10];
	size_t n = 0;
	int code, r;

	argv[n++] = gpgv;
	for (size_t i = 0; i < n_keyrings; i++) {
		argv[n++] = "--keyring";
		argv[n++] = keyrings[i];
	}
	argv[n++] = "--weak-digest";
	argv[n++] = "SHA1";
	argv[n++] = "--status-fd";
	argv[n++] = "3";
	argv[n++] = "--output";
	argv[n++] = "-";
	argv[n] = NULL;
	r = proc_run(argv, message, outputs, ARRAY_LEN(outputs), &options, &code, err);
	if (r < 0)
		return r;
	/* The code is not asked: it fails when one of several signatures is by a key that is unknown. */
	*ret = status_parse(buf_str(&status));
	return code < 126 ? 0 : err_set(err, EIO, "cannot run '%s': exit code %d", gpgv, code);
}

static int pass_unchecked(const char *name, struct str message, struct str doubt,
			  struct buf *ret_text, struct str *ret_doubt, struct err *err)
{
	buf_clear(ret_text);
	if (clearsigned_text(message, ret_text) < 0)
		return err_set(err, ERR_SIGNATURE,
			       "cannot use '%s': its signed part has no beginning or no end", name);
	*ret_doubt = doubt;
	return buf_status(ret_text, err);
}

int apt_signature_check(const char *name, struct str inrelease, const struct apt_keys *keys,
			struct buf *ret_text, struct str *ret_doubt, struct err *err)
{
	const char *chosen[KEYRINGS_MAX];
	_cleanup_free_ char *gpgv = NULL;
	struct verdicts v;
	size_t n_chosen = 0;
	int r;

	if (!str_starts(inrelease, begin_message)) {
		if (!keys->allow_unsigned)
			return err_set(err, ERR_SIGNATURE, "cannot use '%s': it is not signed",
				       name);
		buf_add_str(ret_text, inrelease);
		*ret_doubt = STR("it is not signed");
		return buf_status(ret_text, err);
	}
	r = choose_keyrings(keys, chosen, &n_chosen, err);
	if (r < 0)
		return r;
	if (n_chosen == 0)
		return pass_unchecked(
			name, inrelease,
			STR("signature not checked: no archive keyring on this machine"), ret_text,
			ret_doubt, err);
	gpgv = proc_find("gpgv");
	if (!gpgv)
		return pass_unchecked(name, inrelease,
				      STR("signature not checked: gpgv is not installed"), ret_text,
				      ret_doubt, err);
	r = run_gpgv(gpgv, chosen, n_chosen, inrelease, ret_text, &v, err);
	if (r < 0)
		return err_wrap(err, r, "cannot check the signature of '%s'", name);
	if (v.bad)
		return err_set(err, ERR_SIGNATURE, "cannot use '%s': its signature is wrong", name);
	if (v.good && v.plaintexts == 1) {
		*ret_doubt = STR_NULL;
		return 0;
	}
	if (keys->allow_unsigned)
		return pass_unchecked(name, inrelease,
				      STR("signature not checked: it is of no key in the keyring"),
				      ret_text, ret_doubt, err);
	if (v.expired)
		return err_set(
			err, ERR_SIGNATURE,
			"cannot use '%s': it is signed with a key that has expired or was revoked",
			name);
	if (v.unknown)
		return err_set(err, ERR_SIGNATURE,
			       "cannot use '%s': it is signed by key %s, which is not in '%s'",
			       name, v.key, chosen[0]);
	return err_set(err, ERR_SIGNATURE, "cannot use '%s': gpgv finds no valid signature", name);
}
