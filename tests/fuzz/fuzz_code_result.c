/* What the confined reader of sources hands back: whatever it claims, a result of which every part can be read. */
#include "base/compat.h"

#include "core/check.h"
#include "core/policy.h"
#include "engine/code_judge.h"

static volatile size_t sink;

static void touch(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		sink += (unsigned char)text.ptr[i];
}

static void touch_finding(const struct finding *f)
{
	if (!f->check || f->outcome >= OUTCOME_MAX_ || f->severity >= SEVERITY_MAX_ ||
	    f->subject.kind >= SUBJECT_KIND_MAX_)
		__builtin_trap();
	sink += (unsigned char)f->check->id[0];
	touch(f->subject.name);
	touch(f->where.path);
	touch(f->where.field);
	touch(f->message);
	touch(f->seen);
	touch(f->wanted);
	touch(f->remedy);
	touch(f->edit);
	if (f->waiver)
		touch(f->waiver->reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct result result = {.arena = &arena};
	struct code_counts counts;

	if (code_unpack((struct str){(const char *)data, size}, &result, &counts, NULL) == 0) {
		for (size_t i = 0; i < result.findings.len; i++)
			touch_finding(&result.findings.items[i]);
		for (size_t i = 0; i < counts.n_customs; i++)
			touch(counts.customs[i]);
	} else if (result.findings.len) {
		__builtin_trap();
	}
	for (size_t i = 0; i < result.tallies.len; i++)
		sink += (unsigned char)result.tallies.items[i].check->id[0];
	result_release(&result);
	return 0;
}
