/* What scalars are: see scalar.h. */
#include "base/compat.h"

#include "core/scalar.h"

static bool is_any_of(struct str text, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(text, words[i]))
			return true;
	return false;
}

/* A row of a list of words. */
#define WORD(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

bool scalar_is_null(const struct yaml_node *node)
{
	if (node->kind != YAML_SCALAR || !node->plain)
		return false;
	return node->text.len == 0 || ((node->text.ptr[0] == '~' || node->text.ptr[0] == 'n' ||
					node->text.ptr[0] == 'N') &&
				       yaml_is_null(node));
}

static bool is_truth(struct str text, bool yaml_1_1, int64_t *ret)
{
	/* Pairs of yes and no; the first are those of YAML 1.2. */
	static const struct str words[] = {
		WORD("true"),  WORD("false"), WORD("True"), WORD("False"), WORD("TRUE"),
		WORD("FALSE"), WORD("yes"),   WORD("no"),   WORD("Yes"),   WORD("No"),
		WORD("YES"),   WORD("NO"),    WORD("y"),    WORD("n"),	   WORD("Y"),
		WORD("N"),     WORD("on"),    WORD("off"),  WORD("On"),	   WORD("Off"),
		WORD("ON"),    WORD("OFF"),
	};

	for (size_t i = 0; i < (yaml_1_1 ? ARRAY_LEN(words) : 6); i++) {
		if (!str_eq(text, words[i]))
			continue;
		*ret = i % 2 == 0;
		return true;
	}
	return false;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Digits to a base behind the sign; false: it is no such number. Beyond int64_t *ret_range is set. */
static bool parse_digits(struct str digits, int base, bool negative, int64_t *ret, bool *ret_range)
{
	uint64_t value = 0, max = (uint64_t)INT64_MAX + negative;
	bool range = false;

	if (digits.len == 0)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		int digit = digit_of(digits.ptr[i]);

		if (digit >= base)
			return false;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			range = true;
	}
	*ret_range = range || value > max;
	*ret = *ret_range ? 0 : (int64_t)(negative ? -value : value);
	return true;
}

/* The prefixes of strconv.ParseInt with base 0. A leading 0 alone is octal. */
static bool parse_integer(struct str text, bool negative, int64_t *ret, bool *ret_range)
{
	if (text.len > 1 && text.ptr[0] == '0') {
		char c = text.ptr[1] | 0x20;
		int base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;

		if (base)
			return parse_digits(str_from_offset(text, 2), base, negative, ret,
					    ret_range);
		return parse_digits(text, 8, negative, ret, ret_range);
	}
	return parse_digits(text, 10, negative, ret, ret_range);
}

/*
 * [0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)? with a digit before the exponent. An integer if no digit but zeros is
 * left behind the point and it fits: JSON writes such a number without a point.
 */
static enum scalar parse_fraction(struct str text, bool negative, int64_t *ret)
{
	int64_t mantissa = 0, exponent = 0, scale = 0;
	bool point = false, digit = false, fits = true;
	size_t i;

	for (i = 0; i < text.len && (text.ptr[i] == '.' || digit_of(text.ptr[i]) < 10); i++) {
		if (text.ptr[i] == '.') {
			if (point)
				return SCALAR_TEXT;
			point = true;
			continue;
		}
		digit = true;
		scale -= point;
		fits = fits && !__builtin_mul_overflow(mantissa, (int64_t)10, &mantissa) &&
		       !__builtin_add_overflow(mantissa, (int64_t)(text.ptr[i] - '0'), &mantissa);
	}
	if (!digit)
		return SCALAR_TEXT;
	if (i < text.len) {
		struct str power = str_from_offset(text, i + 1);
		bool minus = power.len && power.ptr[0] == '-', range;

		if ((text.ptr[i] | 0x20) != 'e')
			return SCALAR_TEXT;
		if (power.len && (minus || power.ptr[0] == '+'))
			power = str_from_offset(power, 1);
		if (!parse_digits(power, 10, minus, &exponent, &range))
			return SCALAR_TEXT;
		if (range || exponent > 1000 || exponent < -1000)
			fits = false;
	}
	if (!fits)
		return SCALAR_FRACTION;
	scale += exponent;
	for (; scale < 0 && mantissa % 10 == 0 && mantissa; scale++)
		mantissa /= 10;
	for (; scale > 0 && mantissa && fits; scale--)
		fits = !__builtin_mul_overflow(mantissa, (int64_t)10, &mantissa);
	if (!fits || (scale < 0 && mantissa))
		return SCALAR_FRACTION;
	*ret = negative ? -mantissa : mantissa;
	return SCALAR_INTEGER;
}

static enum scalar parse_number(struct str text, int64_t *ret)
{
	char without[64];
	bool negative, range = false;
	int64_t value = 0;
	enum scalar kind;

	if (text.ptr[0] != '.' && str_find_char(text, '_') >= 0) {
		size_t n = 0;

		/* Longer ones are numbers, too, but none that anybody would write. */
		for (size_t i = 0; i < text.len && n < sizeof(without); i++)
			if (text.ptr[i] != '_')
				without[n++] = text.ptr[i];
		text = (struct str){without, n};
	}
	negative = text.len && text.ptr[0] == '-';
	if (negative || (text.len && text.ptr[0] == '+'))
		text = str_from_offset(text, 1);
	if (parse_integer(text, negative, &value, &range)) {
		*ret = value;
		return range ? SCALAR_FRACTION : SCALAR_INTEGER;
	}
	kind = parse_fraction(text, negative, &value);
	if (kind == SCALAR_INTEGER)
		*ret = value;
	return kind;
}

static enum scalar plain_scalar(struct str text, bool yaml_1_1, int64_t *ret_value)
{
	static const struct str special[] = {
		WORD(".nan"),  WORD(".NaN"),  WORD(".NAN"),  WORD(".inf"),
		WORD(".Inf"),  WORD(".INF"),  WORD("+.inf"), WORD("+.Inf"),
		WORD("+.INF"), WORD("-.inf"), WORD("-.Inf"), WORD("-.INF"),
	};

	switch (text.ptr[0]) {
	case 't':
	case 'T':
	case 'f':
	case 'F':
	case 'y':
	case 'Y':
	case 'n':
	case 'N':
	case 'o':
	case 'O':
		return is_truth(text, yaml_1_1, ret_value) ? SCALAR_TRUTH : SCALAR_TEXT;
	case '.':
	case '+':
	case '-':
	case '0' ... '9':
		if (is_any_of(text, special, ARRAY_LEN(special)))
			return SCALAR_FRACTION;
		return parse_number(text, ret_value);
	default:
		return SCALAR_TEXT;
	}
}

enum scalar scalar_of(const struct yaml_node *node, bool yaml_1_1, int64_t *ret_value)
{
	if (node->kind != YAML_SCALAR)
		return SCALAR_NOT;
	if (!node->plain)
		return SCALAR_TEXT;
	if (scalar_is_null(node))
		return SCALAR_NULL;
	return plain_scalar(node->text, yaml_1_1, ret_value);
}
