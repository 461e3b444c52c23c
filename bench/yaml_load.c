/*
 * What libfyaml's own load takes, as the baseline of reading manifests: yaml_load FILE…
 * Loads every document of every file and lets it go; prints how many there were.
 */
#include "base/compat.h"

#include <libfyaml.h>

int main(int argc, char **argv)
{
	const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET};
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		struct fy_parser *parser = fy_parser_create(&cfg);
		struct fy_document *document;

		if (!parser || fy_parser_set_input_file(parser, argv[i]) < 0) {
			fprintf(stderr, "cannot read '%s'\n", argv[i]);
			return 2;
		}
		while ((document = fy_parse_load_document(parser))) {
			fy_parse_document_destroy(parser, document);
			n++;
		}
		if (fy_parser_get_stream_error(parser)) {
			fprintf(stderr, "cannot load '%s'\n", argv[i]);
			return 2;
		}
		fy_parser_destroy(parser);
	}
	printf("%zu documents\n", n);
	return 0;
}
