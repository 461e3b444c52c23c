/* Documents of container images: parse/image_spec.h. The first byte chooses the document. */
#include "base/compat.h"

#include "parse/image_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT((size_t)64 << 20);
	struct str json = {(const char *)data + 1, size ? size - 1 : 0};
	struct spec_docker_manifest docker;
	struct spec_manifest manifest;
	struct err err = ERR_INIT;
	struct spec_config config;
	struct spec_index index;

	if (size == 0)
		return 0;
	switch (data[0] % 5) {
	case 0:
		spec_parse_index(json, &arena, &index, &err);
		break;
	case 1:
		spec_parse_manifest(json, &arena, &manifest, &err);
		break;
	case 2:
		spec_parse_config(json, &arena, &config, &err);
		break;
	case 3:
		spec_parse_docker_manifest(json, &arena, &docker, &err);
		break;
	default:
		spec_check_layout(json, &err);
	}
	return 0;
}
