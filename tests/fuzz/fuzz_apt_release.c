/* Fuzzes the reading of release files, clear-signed or not. */
#include "base/compat.h"

#include "advisory/apt_release.h"
#include "advisory/apt_signature.h"
#include "advisory/changelog.h"

static void read_release(struct str text)
{
	struct apt_release release;
	struct apt_file file;
	char ecosystem[32];
	int64_t when;

	if (apt_release_parse("fuzz", text, &release, NULL) < 0)
		return;
	apt_release_is(&release, STR("bullseye-security"));
	apt_release_is(&release, STR("buster/updates"));
	if (apt_release_file(&release, STR("main/binary-amd64/Packages.xz"), &file) == 0)
		assert(str_eq(file.path, STR("main/binary-amd64/Packages.xz")));
	apt_release_ecosystem("fuzz", &release, ecosystem, sizeof(ecosystem), NULL);
	apt_has_word(release.architectures, STR("amd64"));
	date_parse_rfc5322(release.date, &when);
	date_parse_rfc5322(release.valid_until, &when);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct buf inside = BUF_INIT((size_t)1 << 20);

	read_release(text);
	if (clearsigned_text(text, &inside) == 0)
		read_release(buf_str(&inside));
	buf_release(&inside);
	return 0;
}
