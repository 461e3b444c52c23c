/* Policies: what is accepted is applied to a finding; what is refused has left the policy as it was. */
#include "base/compat.h"

#include "core/check.h"
#include "core/policy.h"

static const struct check check = {.id = "IMG-VULN", .severity = SEVERITY_HIGH};
static const struct str aliases[] = {STR("DSA-5417-1")};
static const struct vulnerability vulnerability = {
	.id = STR("CVE-2023-0464"),
	.aliases = aliases,
	.n_aliases = 1,
	.fixed_version = STR("2"),
};
static const struct package package = {.name = STR("libssl1.1"), .source_name = STR("openssl")};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT((size_t)64 << 20);
	struct policy policy = policy_default(STR("2026-06-15")), before = policy;
	struct err err = ERR_INIT;
	struct finding finding = {
		.check = &check,
		.outcome = OUTCOME_FAIL,
		.severity = SEVERITY_HIGH,
		.subject = {.kind = SUBJECT_PACKAGE,
			    .name = STR("libssl1.1 1"),
			    .package = &package},
		.where = {.path = STR("/var/lib/dpkg/status"), .layer = LAYER_NONE},
		.vulnerability = &vulnerability,
	};

	if (policy_parse(&policy, &arena, "p.yaml",
			 (struct str){(const char *)(size ? data : (const uint8_t *)""), size},
			 &err) < 0) {
		if (memcmp(&policy, &before, sizeof(policy)) != 0 || !err.text[0])
			__builtin_trap();
	} else {
		policy_apply(&policy, STR("registry/app:1"), &finding);
		if (finding.waiver && (finding.waiver->reason.len == 0 || finding.gates))
			__builtin_trap();
	}
	arena_release(&arena);
	return 0;
}
