/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Options of programs: command line, environment and file.
 *
 * An option comes, the later the stronger, from its default, from a file
 * (named by --config or PREFIX_CONFIG; lines "name = value", as in
 * postgresql.conf, and sections "[kind name]" of lines of their own), from the environment (PREFIX_NAME), and from the command
 * line (--name=value or --name value).  A variable of the environment that is
 * empty counts as not given, because units and containers pass on empty ones.
 *
 * Numbers by name are set one by one, with the name behind a dot (name.key = 4), or
 * as a list (name = key=4, other=5, 6), in which a number alone is for all other names.
 *
 * A mistake ends the process with code 2 before it has begun anything: a
 * program that ran with half of its options might do harm.
 *
 *-------------------------------------------------------------------------
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libpq-fe.h>

#include "memory.h"

/* Writes what is wrong with the options and ends the process with code 2. */
void
options_fail(const char *format,...)
{
	char		text[1024];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_message(LOG_ERROR, "%s", text);
	exit(2);
}

static bool
same_name(const char *option, const char *given, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		char		c = given[i] == '_' ? '-' : given[i];

		if (option[i] == '\0' || option[i] != c)
			return false;
	}
	return option[len] == '\0';
}

/*
 * Finds the option of that name.  Of one with numbers by name, what is behind a
 * dot is the key, which is then set; else it becomes NULL.
 */
static const Option *
find_option(const OptionSet *set, const char *name, size_t len, char **key)
{
	const char *dot = memchr(name, '.', len);

	*key = NULL;
	for (int i = 0; i < set->count; i++)
	{
		const Option *option = &set->options[i];

		if (same_name(option->name, name, len))
			return option;
		if (dot != NULL && option->type == OPTION_MAP && same_name(option->name, name, dot - name))
		{
			*key = mem_copy_n(dot + 1, len - (dot + 1 - name));
			return option;
		}
	}
	return NULL;
}

static const Option *
find_letter(const OptionSet *set, char letter)
{
	for (int i = 0; i < set->count; i++)
	{
		if (set->options[i].letter == letter)
			return &set->options[i];
	}
	return NULL;
}

static bool
read_flag(const char *text, bool *flag)
{
	static const char *const on[] = {"on", "true", "yes", "1"};
	static const char *const off[] = {"off", "false", "no", "0"};

	for (int i = 0; i < 4; i++)
	{
		if (strcasecmp(text, on[i]) == 0)
			*flag = true;
		else if (strcasecmp(text, off[i]) == 0)
			*flag = false;
		else
			continue;
		return true;
	}
	return false;
}

/* Reads a number in the option's bounds; false when the text is none. */
static bool
read_number(const Option *option, const char *text, double *number)
{
	char	   *end;

	*number = option->type == OPTION_INT ? (double) strtol(text, &end, 10) :
		strtod(text, &end);
	/* written so that NaN is out of bounds, too */
	return end != text && *end == '\0' &&
		*number >= option->min && *number <= option->max;
}

/* Cuts whitespace off both ends, in place. */
static char *
trim(char *text)
{
	char	   *end = text + strlen(text);

	while (isspace((unsigned char) *text))
		text++;
	while (end > text && isspace((unsigned char) end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* Sets the number of a name, or with NULL the one of all other names. */
static void
map_set(OptionMap *map, char *name, double number)
{
	int			i = 0;

	if (name == NULL)
	{
		map->has_rest = true;
		map->rest = number;
		return;
	}
	while (i < map->count && strcmp(map->names[i], name) != 0)
		i++;
	if (i == map->count)
	{
		map->count++;
		map->names = mem_resize(map->names, map->count * sizeof(char *));
		map->numbers = mem_resize(map->numbers, map->count * sizeof(double));
		map->names[i] = name;
	}
	map->numbers[i] = number;
}

/* Returns the number of a name, else that of other names, else the fallback. */
double
option_map_get(const OptionMap *map, const char *name, double fallback)
{
	for (int i = 0; i < map->count; i++)
	{
		if (strcmp(map->names[i], name) == 0)
			return map->numbers[i];
	}
	return map->has_rest ? map->rest : fallback;
}

/* Sets one number of an option that has several. */
static void
set_member(const Option *option, char *key, const char *text, const char *where)
{
	double		number;

	if (key != NULL && key[0] == '\0')
		options_fail("option \"%s\" (%s) needs a name", option->name, where);
	if (!read_number(option, text, &number))
		options_fail("option \"%s%s%s\" (%s) must be a number between %.12g and %.12g, not \"%s\"",
					 option->name, key != NULL ? "." : "", key != NULL ? key : "", where,
					 option->min, option->max, text);
	map_set(option->value, key, number);
}

/* Sets the numbers of a list "name=number, number". */
static void
set_members(const Option *option, const char *text, const char *where)
{
	char	   *rest = mem_copy(text);
	char	   *item;

	while ((item = strsep(&rest, ",")) != NULL)
	{
		char	   *equals = strchr(item, '=');

		if (equals == NULL)
			set_member(option, NULL, trim(item), where);
		else
		{
			*equals = '\0';
			set_member(option, trim(item), trim(equals + 1), where);
		}
	}
}

/* Sets an option, or with a key one of its numbers. */
static void
set_option(const Option *option, char *key, const char *text, const char *where)
{
	double		number;

	switch (option->type)
	{
		case OPTION_TEXT:
		case OPTION_CONNINFO:
			*(char **) option->value = mem_copy(text);
			break;
		case OPTION_FLAG:
			if (!read_flag(text, option->value))
				options_fail("option \"%s\" (%s) must be on or off, not \"%s\"",
							 option->name, where, text);
			break;
		case OPTION_INT:
		case OPTION_NUMBER:
			if (!read_number(option, text, &number))
				options_fail("option \"%s\" (%s) must be a number between %.12g and %.12g, not \"%s\"",
							 option->name, where, option->min, option->max, text);
			if (option->type == OPTION_INT)
				*(int *) option->value = (int) number;
			else
				*(double *) option->value = number;
			break;
		case OPTION_MAP:
			if (key != NULL)
				set_member(option, key, text, where);
			else
				set_members(option, text, where);
			break;
	}
}

/*
 * Returns the value at the right side of a line, changed in place.  It may
 * stand in single quotes, in which a quote is doubled; outside of them a "#"
 * behind whitespace begins a comment.
 */
static char *
read_value(char *value)
{
	char	   *from = value + 1;
	char	   *to = value;

	if (*value != '\'')
	{
		for (char *c = value; *c != '\0'; c++)
		{
			if (*c == '#' && (c == value || isspace((unsigned char) c[-1])))
			{
				*c = '\0';
				break;
			}
		}
		return trim(value);
	}
	for (; *from != '\0'; from++)
	{
		if (*from == '\'' && *++from != '\'')
			break;
		*to++ = *from;
	}
	*to = '\0';
	return value;
}

/* Returns the options that a section "[kind name]" has. */
static const OptionSet *
begin_section(const OptionSet *set, char *line, const char *where)
{
	size_t		len = strlen(line);
	char	   *kind = line + 1;
	char	   *name;
	const OptionSet *section = NULL;

	if (set->section == NULL || line[len - 1] != ']')
		options_fail("%s: \"%s\" is no option", where, line);
	line[len - 1] = '\0';
	kind = trim(kind);
	name = kind + strcspn(kind, " \t");
	if (*name != '\0')
		*name++ = '\0';
	section = set->section(kind, trim(name));
	if (section == NULL)
		options_fail("%s: there is no section of the kind \"%s\"", where, kind);
	return section;
}

/* Takes a line of a file; "where" names both for messages. */
static void
read_line(const OptionSet *set, char *line, const char *where)
{
	char	   *name = trim(line);
	char	   *equals = strchr(name, '=');
	const Option *option;
	char	   *key;

	if (name[0] == '\0' || name[0] == '#')
		return;
	if (equals == NULL)
		options_fail("%s: there is no \"=\"", where);
	*equals = '\0';
	name = trim(name);
	option = find_option(set, name, strlen(name), &key);
	if (option == NULL)
		options_fail("%s: option \"%s\" does not exist", where, name);
	set_option(option, key, read_value(trim(equals + 1)), where);
}

static void
read_file(const OptionSet *set, const char *path)
{
	FILE	   *file = fopen(path, "r");
	const OptionSet *section = set;
	char		line[4096];
	char		where[4200];

	if (file == NULL)
		options_fail("could not open file \"%s\": %s", path, strerror(errno));
	for (int number = 1; fgets(line, sizeof(line), file) != NULL; number++)
	{
		snprintf(where, sizeof(where), "file \"%s\", line %d", path, number);
		if (trim(line)[0] == '[')
			section = begin_section(set, trim(line), where);
		else
			read_line(section, line, where);
	}
	fclose(file);
}

/* Returns a variable of the environment, or NULL when it is not given. */
static const char *
environment(const OptionSet *set, const char *option, char *name, size_t size)
{
	const char *value;

	snprintf(name, size, "%s_%s", set->env_prefix, option);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char) toupper((unsigned char) *c);
	value = getenv(name);
	return value != NULL && *value != '\0' ? value : NULL;
}

static void
read_environment(const OptionSet *set)
{
	for (int i = 0; i < set->count; i++)
	{
		char		name[128];
		const char *value = environment(set, set->options[i].name, name, sizeof(name));

		if (value != NULL)
			set_option(&set->options[i], NULL, value, name);
	}
}

/* Prints the default of an option, which is what its variable holds now. */
static void
print_default(const Option *option)
{
	switch (option->type)
	{
		case OPTION_TEXT:
		case OPTION_CONNINFO:
			if (**(char **) option->value != '\0')
				printf(" (default \"%s\")", *(char **) option->value);
			break;
		case OPTION_INT:
			printf(" (default %d)", *(int *) option->value);
			break;
		case OPTION_NUMBER:
			/* outside of its bounds it stands for one that is told in words */
			if (*(double *) option->value >= option->min)
				printf(" (default %.12g)", *(double *) option->value);
			break;
		case OPTION_FLAG:
			printf(" (default %s)", *(bool *) option->value ? "on" : "off");
			break;
		case OPTION_MAP:
			break;
	}
}

static void
print_help(const OptionSet *set)
{
	printf("%s %s\n\nUsage: %s [OPTION]...\n\n", set->program, set->about, set->program);
	for (int i = 0; i < set->count; i++)
	{
		const Option *option = &set->options[i];

		if (option->letter)
			printf("  -%c, --%-28s %s", option->letter, option->name, option->help);
		else
			printf("      --%-28s %s", option->name, option->help);
		print_default(option);
		putchar('\n');
	}
	printf("      --%-28s %s\n      --%-28s %s\n      --%-28s %s\n"
		   "\nEach can also come from the environment (%s_NAME).\n",
		   "config", "file with options, one \"name = value\" a line",
		   "help", "print this and exit", "version", "print the version and exit",
		   set->env_prefix);
}

/* Returns the argument behind the current one, which must be there. */
static char *
next_argument(int argc, char **argv, int *i)
{
	if (*i + 1 >= argc)
		options_fail("option \"%s\" needs a value", argv[*i]);
	return argv[++*i];
}

/* Returns the value when this argument is --config, which may be in the next. */
static const char *
config_argument(int argc, char **argv, int *i)
{
	if (strncmp(argv[*i], "--config=", 9) == 0)
		return argv[*i] + 9;
	if (strcmp(argv[*i], "--config") == 0)
		return next_argument(argc, argv, i);
	return NULL;
}

/*
 * Hides a connection string of the command line that has a password: everybody
 * on the machine may list the arguments of processes.
 */
static void
hide_password(const Option *option, char *text)
{
	PQconninfoOption *parts = option->type == OPTION_CONNINFO ? PQconninfoParse(text, NULL) : NULL;

	for (PQconninfoOption *part = parts; part != NULL && part->keyword != NULL; part++)
	{
		if (part->val == NULL || strcmp(part->keyword, "password") != 0)
			continue;
		log_message(LOG_WARNING, "option \"%s\" has a password on the command line, where others have seen it: "
					"use a password file (PGPASSFILE), a service file or PGPASSWORD", option->name);
		memset(text, '*', strlen(text));
		break;
	}
	PQconninfoFree(parts);
}

static void
read_arguments(const OptionSet *set, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		const char *name = argv[i];
		const char *equals = strchr(name, '=');
		const Option *option = NULL;
		char	   *key = NULL;
		char	   *value;

		if (config_argument(argc, argv, &i) != NULL)
			continue;
		if (strncmp(name, "--", 2) == 0)
			option = find_option(set, name + 2,
								 equals ? (size_t) (equals - name - 2) : strlen(name + 2), &key);
		else if (name[0] == '-' && name[1] != '\0' && name[2] == '\0')
		{
			option = find_letter(set, name[1]);
			equals = NULL;
		}
		if (option == NULL)
			options_fail("unknown argument \"%s\"; try --help", name);

		if (equals == NULL && option->type == OPTION_FLAG)
		{
			set_option(option, key, "on", "command line");
			continue;
		}
		value = equals != NULL ? argv[i] + (equals + 1 - name) : next_argument(argc, argv, &i);
		set_option(option, key, value, "command line");
		hide_password(option, value);
	}
}

/* Reads file, environment and command line, in this order. */
static void
read_sources(const OptionSet *set, int argc, char **argv)
{
	char		name[128];
	const char *file = environment(set, "config", name, sizeof(name));

	for (int i = 1; i < argc; i++)
	{
		const char *given;

		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-?") == 0)
		{
			print_help(set);
			exit(0);
		}
		if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0)
		{
			printf("%s %s\n", set->program, PROGRAM_VERSION);
			if (set->print_more != NULL)
				set->print_more();
			exit(0);
		}
		given = config_argument(argc, argv, &i);
		if (given != NULL)
			file = given;
	}
	if (file != NULL && *file != '\0')
		read_file(set, file);
	read_environment(set);
	read_arguments(set, argc, argv);
}

/*
 * Reads the options from all sources into their variables, and starts the log
 * as they say; mistakes are told as text, since a person is there to read them.
 * Texts are copied to memory that is never freed.  Ends the process on a
 * mistake, and for --help and --version.
 */
void
options_read(const OptionSet *set, int argc, char **argv)
{
	LogLevel	level;
	LogFormat	format = set->log_format;

	log_start(set->program, LOG_INFO, LOG_TEXT);
	read_sources(set, argc, argv);
	if (!log_level_from_name(*set->log_level, &level))
		options_fail("unknown log level \"%s\"", *set->log_level);
	if (set->log_format_name != NULL && !log_format_from_name(*set->log_format_name, &format))
		options_fail("unknown log format \"%s\": it must be text or json", *set->log_format_name);
	log_start(set->program, level, format);
}
