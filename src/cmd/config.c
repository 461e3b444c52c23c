/*
 * cscplate.yaml: global options at the top level, and a section for each command by its name
 * ("db build: { … }") with options of its own and global ones. Every section is checked, whichever
 * command runs, so that a mistake shows at once and not on the day when it matters.
 */
#include "base/compat.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/xdg.h"
#include "base/yaml.h"
#include "cmd/options.h"
#include "cmd/usual_place.h"
#include "core/limits.h"

struct config_reader {
	struct command_table table;
	struct err *err;
};

static int set_scalar(struct config_reader *reader, struct invocation *inv, struct option_slot slot,
		      enum option_source source, const struct yaml_node *node)
{
	struct str text;
	int r;

	if (node->kind != YAML_SCALAR || yaml_is_null(node))
		return yaml_error(node, reader->err, "'%s' cannot be %s", slot.option->name,
				  yaml_describe(node));
	text = arena_str(inv->globals.arena, node->text);
	if (!text.ptr)
		return err_oom(reader->err);
	r = option_set(inv, slot, source, text.ptr, false, reader->err);
	if (r < 0 && r != -ENOMEM) {
		struct err why = *reader->err;

		return yaml_error(node, reader->err, "'%s' cannot be '%s': %s", slot.option->name,
				  text.ptr, why.text);
	}
	return r;
}

static int set_option(struct config_reader *reader, struct invocation *inv, struct option_slot slot,
		      enum option_source source, const struct yaml_node *node)
{
	if (slot.option->type != OPTION_LIST || node->kind != YAML_SEQUENCE)
		return set_scalar(reader, inv, slot, source, node);
	for (size_t i = 0; i < node->n; i++) {
		int r = set_scalar(reader, inv, slot, source, node->items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The words that a mapping of this file may have as keys: of a section (the command's options and the
 * global ones), or of the top level (global options and the names of commands). */
struct known_keys {
	const struct option *options;
	const struct command_table *table;
};

/* "config" would come too late. */
static bool is_key(const char *option)
{
	return strcmp(option, "config") != 0;
}

static const char *known_key(const void *ctx, size_t i)
{
	const struct known_keys *keys = ctx;
	const struct option *const lists[] = {keys->options, global_options};

	for (size_t list = 0; list < ARRAY_LEN(lists); list++) {
		for (size_t k = 0; lists[list] && lists[list][k].name; k++)
			if (is_key(lists[list][k].name) && i-- == 0)
				return lists[list][k].name;
	}
	return keys->table && i < keys->table->len ? keys->table->items[i]->name : NULL;
}

static int unknown_key(struct config_reader *reader, const struct yaml_node *key,
		       struct known_keys known)
{
	const char *near = nearest_word(key->text, known_key, &known);

	if (near)
		return yaml_error(key, reader->err, "unknown key '%.*s': did you mean '%s'?",
				  STR_FMT(key->text), near);
	return yaml_error(key, reader->err, "unknown key '%.*s'", STR_FMT(key->text));
}

static struct option_slot find_key(const struct invocation *inv, struct str key)
{
	struct option_slot slot = invocation_find(inv, key);

	return slot.option && is_key(slot.option->name) ? slot : (struct option_slot){0};
}

static int read_section(struct config_reader *reader, struct invocation *inv,
			const struct yaml_node *section)
{
	if (yaml_is_null(section))
		return 0;
	if (section->kind != YAML_MAPPING)
		return yaml_error(section, reader->err,
				  "the section '%s' must be a mapping of options, not %s",
				  inv->command->name, yaml_describe(section));
	for (size_t i = 0; i < section->n; i++) {
		const struct yaml_pair *pair = &section->pairs[i];
		struct option_slot slot = find_key(inv, pair->key->text);
		int r;

		if (!slot.option)
			return unknown_key(reader, pair->key,
					   (struct known_keys){.options = inv->command->options});
		r = set_option(reader, inv, slot, SOURCE_CONFIG_SECTION, pair->value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Another command's section: read into a context that is thrown away. */
static int check_section(struct config_reader *reader, const struct command *command,
			 struct arena *arena, const struct yaml_node *section)
{
	_cleanup_invocation_ struct invocation other = {0};

	if (invocation_init(&other, command, arena) < 0)
		return err_oom(reader->err);
	return read_section(reader, &other, section);
}

static bool has_word(const struct option *option, struct str text)
{
	const char *word;

	for (size_t i = 0; (word = option_word(option, i)); i++)
		if (str_eq(text, str_from(word)))
			return true;
	return false;
}

static int read_key(struct config_reader *reader, struct invocation *inv,
		    const struct yaml_pair *pair)
{
	/* Top-level keys are global options, even where the command has one of the same name. */
	_cleanup_invocation_ struct invocation none = {0};
	struct option_slot slot, own;
	const struct command *command = NULL;
	int r;

	for (size_t i = 0; i < reader->table.len; i++)
		if (str_eq(pair->key->text, str_from(reader->table.items[i]->name)))
			command = reader->table.items[i];
	if (command)
		return command == inv->command
			       ? 0
			       : check_section(reader, command, inv->globals.arena, pair->value);
	if (invocation_init(&none, NULL, inv->globals.arena) < 0)
		return err_oom(reader->err);
	slot = find_key(&none, pair->key->text);
	if (!slot.option)
		return unknown_key(reader, pair->key, (struct known_keys){.table = &reader->table});
	own = invocation_find(inv, pair->key->text);
	if (own.option == slot.option)
		return set_option(reader, inv, own, SOURCE_CONFIG, pair->value);
	r = set_option(reader, &none, slot, SOURCE_CONFIG, pair->value);
	/* "format: json" is meant for every command that can; "format: sarif" stops none that cannot. */
	if (r == 0 && has_word(own.option, pair->value->text))
		r = set_option(reader, inv, own, SOURCE_CONFIG, pair->value);
	return r;
}

static int read_config(struct config_reader *reader, struct invocation *inv, struct str bytes)
{
	const struct yaml_node *root, *section;
	int r;

	r = yaml_parse(bytes, inv->globals.arena, &root, reader->err);
	if (r < 0 || yaml_is_null(root))
		return r;
	if (root->kind != YAML_MAPPING)
		return yaml_error(root, reader->err, "options wanted, not %s", yaml_describe(root));
	for (size_t i = 0; i < root->n; i++) {
		r = read_key(reader, inv, &root->pairs[i]);
		if (r < 0)
			return r;
	}
	/* After the rest, since it beats the top level wherever it stands. */
	section = yaml_get(root, str_from(inv->command->name));
	return section ? read_section(reader, inv, section) : 0;
}

static int user_config_path(struct buf *path)
{
	if (!xdg_add(path, "XDG_CONFIG_HOME", ".config"))
		return -ENOENT;
	buf_add_str(path, STR("cscplate.yaml"));
	return buf_status(path, NULL);
}

/* The per-user file: 1, or 0 if there is none, or one that this user may not read (as under a HOME that is
 * another's), which is noted. */
static int read_user_config(struct invocation *inv, struct buf *path, struct buf *bytes,
			    struct err *err)
{
	int r;

	if (user_config_path(path) < 0)
		return 0;
	r = usual_place_read(path->data, bytes, err);
	if (r != -EACCES && r != -EPERM)
		return r;
	inv->note = arena_printf(inv->globals.arena, "passing over '%s': %s", path->data,
				 err_code_text(r))
			    .ptr;
	if (err)
		*err = ERR_INIT;
	return inv->note ? 0 : err_oom(err);
}

int config_read(struct invocation *inv, struct command_table table, const char *path,
		struct err *err)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT(LIMIT_CONFIG_TEXT), user = BUF_INIT(PATH_MAX);
	struct config_reader reader = {.table = table, .err = err};
	int r;

	if (path) {
		r = file_read(AT_FDCWD, path, &bytes, err);
		r = r < 0 ? r : 1;
	} else {
		path = CONFIG_NAME;
		r = usual_place_read(path, &bytes, err);
		if (r == 0) {
			r = read_user_config(inv, &user, &bytes, err);
			path = user.data;
		}
	}
	if (r <= 0)
		return r;
	r = read_config(&reader, inv, buf_str(&bytes));
	return r < 0 ? err_wrap(err, r, "cannot read '%s'", path) : 0;
}
