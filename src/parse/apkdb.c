/* apk's installed database: see apkdb.h. */
#include "base/compat.h"

#include "parse/apkdb.h"

static void read_flags(struct apkdb_package *p, struct str flags)
{
	for (size_t i = 0; i < flags.len; i++) {
		if (flags.ptr[i] == 'S')
			p->cut_digests = true;
		else
			p->broken = true;
	}
}

static void read_field(struct apkdb_package *p, char field, struct str value)
{
	switch (field) {
	case 'P':
		p->name = value;
		break;
	case 'V':
		p->version = value;
		break;
	case 'A':
		p->arch = value;
		break;
	case 'o':
		p->origin = value;
		break;
	case 'L':
		p->license = value;
		break;
	case 'm':
		p->maintainer = value;
		break;
	case 'f':
		read_flags(p, value);
		break;
	default: /* others are of no interest here */
		break;
	}
}

bool apkdb_next(struct apkdb *db, struct apkdb_package *ret)
{
	struct apkdb_package p = {0};
	bool any = false;
	struct str line;

	while (str_next_line(&db->rest, &line)) {
		size_t number = db->line++;

		if (line.len == 0) {
			if (any)
				break;
			continue;
		}
		if (!any)
			p.line = number;
		any = true;
		if (line.len < 2 || line.ptr[1] != ':') {
			if (p.malformed++ == 0)
				p.malformed_line = number;
			continue;
		}
		if (line.ptr[0] == 'F' && !p.files.ptr)
			p.files.ptr = line.ptr;
		if (p.files.ptr)
			p.files.len = (size_t)(line.ptr + line.len - p.files.ptr);
		else
			read_field(&p, line.ptr[0], str_from_offset(line, 2));
	}
	if (any)
		*ret = p;
	return any;
}

bool apkdb_next_file(struct str *files, struct str *folder, struct apkdb_file *ret)
{
	struct apkdb_file file = {0};
	bool any = false;
	struct str line;

	while (files->len) {
		struct str rest = *files;

		if (!str_next_line(&rest, &line))
			break;
		/* The next file or directory ends the lines about this one. */
		if (any && line.len >= 2 && line.ptr[1] == ':' &&
		    (line.ptr[0] == 'R' || line.ptr[0] == 'F'))
			break;
		*files = rest;
		if (line.len < 2 || line.ptr[1] != ':')
			continue;
		if (line.ptr[0] == 'F') {
			*folder = str_from_offset(line, 2);
		} else if (line.ptr[0] == 'R') {
			file = (struct apkdb_file){.folder = *folder,
						   .name = str_from_offset(line, 2)};
			any = true;
		} else if (line.ptr[0] == 'Z' && any) {
			file.checksum = str_from_offset(line, 2);
		}
	}
	if (any)
		*ret = file;
	return any;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Exactly size bytes from base64 (RFC 4648 section 4), padded to a multiple of four characters. */
static bool base64_decode(struct str text, unsigned char *to, size_t size)
{
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t len = 0;

	if (text.len != (size + 2) / 3 * 4)
		return false;
	for (size_t i = 0; i < text.len && len < size; i++) {
		int value = base64_value(text.ptr[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			to[len++] = (unsigned char)(bits >> n_bits);
		}
	}
	return len == size;
}

static bool hex_decode(struct str text, unsigned char *to, size_t size)
{
	if (text.len != size * 2)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		int value = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (value < 0)
			return false;
		to[i / 2] = (unsigned char)(i % 2 ? to[i / 2] | value : value << 4);
	}
	return true;
}

size_t apkdb_digest(struct str checksum, char text[APKDB_DIGEST_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[32];
	struct str body = str_from_offset(checksum, 2);
	bool sha256;
	size_t size, len;

	if (checksum.len < 2 || (checksum.ptr[1] != '1' && checksum.ptr[1] != '2'))
		return 0;
	sha256 = checksum.ptr[1] == '2';
	size = sha256 ? 32 : 20;
	if (checksum.ptr[0] == 'Q' ? !base64_decode(body, digest, size)
				   : checksum.ptr[0] != 'X' || !hex_decode(body, digest, size))
		return 0;
	len = sha256 ? strlen("sha256:") : strlen("sha1:");
	memcpy(text, sha256 ? "sha256:" : "sha1:", len);
	for (size_t i = 0; i < size; i++) {
		text[len++] = hex[digest[i] >> 4];
		text[len++] = hex[digest[i] & 15];
	}
	text[len] = '\0';
	return len;
}
