/* Texts of a manifest that rows about workloads take apart: NAME=VALUE as a secret, VALUE as a quantity. */
#include "base/compat.h"

#include "checks/secret_words.h"
#include "checks/workload/workload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	ssize_t eq = str_find_char(text, '=');
	struct str name = str_sub(text, 0, eq < 0 ? 0 : (size_t)eq);
	struct str value = str_from_offset(text, (size_t)(eq + 1));
	double number = -1;

	if (secret_shape(value) && value.len < 7)
		abort(); /* no shape is that short */
	for (enum origin o = 0; o <= ORIGIN_MAX_; o++)
		secret_by_name_in(name, value, o);
	if (quantity_parse(value, &number) < 0 && number != -1)
		abort(); /* touched after a failure */
	return 0;
}
