/*
 * Signatures of release files, checked by gpgv with the keys that the machine trusts for its archives.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

struct apt_keys {
	const char *const *keyrings; /* none: the archive keyrings that this machine has */
	size_t n_keyrings;
	bool allow_unsigned;
};

/*
 * Appends the text that was signed to ret_text. *ret_doubt is empty when a trusted key signed it, else one
 * sentence on what was not checked: there is no gpgv or no keyring here, or allow_unsigned let it pass. A
 * wrong signature is -ERR_SIGNATURE always, a missing one or one by an unknown or expired key without
 * allow_unsigned. name is for messages.
 */
int apt_signature_check(const char *name, struct str inrelease, const struct apt_keys *keys,
			struct buf *ret_text, struct str *ret_doubt, struct err *err);

/*
 * The text inside a clear-signed message (RFC 4880 §7), unchecked: 0, or -EINVAL when it is none.
 */
int clearsigned_text(struct str message, struct buf *ret_text);
