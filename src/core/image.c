/* Images: see image.h. */
#include "base/compat.h"

#include "core/image.h"

const char *image_kind_name(enum image_kind kind)
{
	static const char *const names[IMAGE_KIND_MAX_] = {
		[IMAGE_DOCKER_ARCHIVE] = "docker-archive",
		[IMAGE_OCI_LAYOUT] = "oci-layout",
		[IMAGE_OCI_ARCHIVE] = "oci-archive",
		[IMAGE_DIRECTORY] = "directory",
	};

	return kind < IMAGE_KIND_MAX_ ? names[kind] : "?";
}
