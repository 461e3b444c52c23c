/*
 * What to do about many findings at once: remedies that are alike but for the package at their end become
 * one, with every package. Facts to print, nothing printed.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "core/distro.h"
#include "core/finding.h"

struct advice {
	struct str text;	    /* for people */
	struct str command;	    /* to be pasted as it is; empty when text is all */
	const struct str *packages; /* what goes behind either, sorted, each once */
	size_t n_packages;
};

struct advice_list {
	struct advice *items; /* sorted by their text */
	size_t len;
};

/*
 * Sums up n findings. A command with more than most names becomes the one that upgrades all that is
 * installed: shorter, and just as true. Everything is in the arena. Returns 0 or -ENOMEM.
 */
int advice_make(struct arena *arena, const struct finding *const *findings, size_t n,
		const struct distro *distro, size_t most, struct advice_list *ret);
