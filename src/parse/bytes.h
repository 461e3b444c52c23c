/*
 * Fixed-width integers out of foreign bytes, whatever their alignment. The caller has checked that the
 * bytes are there.
 */
#pragma once

#include "base/compat.h"

#include <endian.h>

static inline uint16_t bytes_le16(const unsigned char *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return le16toh(value);
}

static inline uint16_t bytes_be16(const unsigned char *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return be16toh(value);
}

static inline uint32_t bytes_le32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return le32toh(value);
}

static inline uint32_t bytes_be32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return be32toh(value);
}
