/* Hash maps: open addressing, linear probing, at most two thirds full. See map.h. */
#include "base/compat.h"

#include "base/map.h"

struct map_entry {
	struct str key;
	uint64_t hash; /* never 0 for a taken entry */
	void *value;
};

void map_release(struct map *m)
{
	free(m->entries);
	*m = MAP_INIT;
}

static uint64_t hash_key(struct str key)
{
	return str_hash(key) | 1;
}

/* The entry of key, or the free one where it would go. The map has a free entry. */
static struct map_entry *find(const struct map *m, struct str key, uint64_t hash)
{
	for (size_t i = hash >> 7 & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct map_entry *e = &m->entries[i];

		if (e->hash == 0 || (e->hash == hash && str_eq(e->key, key)))
			return e;
	}
}

void *map_get(const struct map *m, struct str key)
{
	return m->len ? find(m, key, hash_key(key))->value : NULL;
}

static bool grow(struct map *m)
{
	struct map bigger = {.len = m->len, .cap = m->cap ? m->cap * 2 : 16};

	bigger.entries = calloc(bigger.cap, sizeof(*bigger.entries));
	if (!bigger.entries)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->entries[i].hash)
			*find(&bigger, m->entries[i].key, m->entries[i].hash) = m->entries[i];
	free(m->entries);
	*m = bigger;
	return true;
}

void **map_slot(struct map *m, struct str key)
{
	uint64_t hash = hash_key(key);
	struct map_entry *e;

	if (3 * (m->len + 1) > 2 * m->cap && !grow(m))
		return NULL;
	e = find(m, key, hash);
	if (e->hash == 0) {
		*e = (struct map_entry){.key = key, .hash = hash};
		m->len++;
	}
	return &e->value;
}
