/* The version: see version.h. */
#include "base/compat.h"

#include <archive.h>
#include <jansson.h>
#include <libfyaml.h>
#include <lmdb.h>
#include <openssl/opensslv.h>
#include <seccomp.h>
#include <sqlite3.h>
#include <zstd.h>

#include "cmd/version.h"

#include "base/buf.h"
#include "base/confine.h"

#define TEXT_(x) #x
#define TEXT(x)	 TEXT_(x)

/* As they were when this was compiled: asking the libraries would load what --version has no use for. */
static const char features[] =
	"libarchive " ARCHIVE_VERSION_ONLY_STRING ", jansson " JANSSON_VERSION
	", LMDB " TEXT(MDB_VERSION_MAJOR) "." TEXT(MDB_VERSION_MINOR) "." TEXT(
		MDB_VERSION_PATCH) ", OpenSSL " OPENSSL_VERSION_STR
				   ", seccomp " TEXT(SCMP_VER_MAJOR) "." TEXT(
					   SCMP_VER_MINOR) ", SQLite " SQLITE_VERSION
							   ", zstd " ZSTD_VERSION_STRING;

static void print_features(FILE *out)
{
	_cleanup_buf_ struct buf confinement = BUF_INIT(256);

	confine_describe(&confinement);
	fprintf(out, "with ISA-L, libfyaml %s, %s; libcurl when it is needed\n",
		fy_library_version(), features);
	fprintf(out, "confined reading by %.*s\n", STR_FMT(buf_str(&confinement)));
}

void version_print(FILE *out, bool verbose)
{
	fputs("cscplate " CSCPLATE_VERSION "\n", out);
	if (verbose)
		print_features(out);
}
