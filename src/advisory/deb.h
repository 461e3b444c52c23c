/*
 * Binary packages of Debian (deb(5)), read for their changelog.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"

/*
 * Appends the Debian changelog of the package that fd is at the beginning of, as compressed as it lies there:
 * usr/share/doc/…/changelog.Debian.gz, or changelog.gz, which is the Debian one of packages that are made for
 * Debian only. Nothing is appended when it has neither. The package has to be one whose digest was compared
 * (spool.h): this process unpacks it. data.tar may be plain, gzip, xz or zstd, which is all that dpkg-deb
 * writes. name is for messages.
 */
int deb_changelog(int fd, const char *name, struct buf *to, struct err *err);
