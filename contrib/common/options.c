/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Options of programs: command line, environment and file.
 *
 *-------------------------------------------------------------------------
 */
#include "options.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"

#ifndef PROGRAM_VERSION
#define PROGRAM_VERSION "1.0"
#endif

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

static const Option *
find_option(const Option *options, int count, const char *name, size_t len)
{
	for (int i = 0; i < count; i++)
	{
		if (same_name(options[i].name, name, len))
			return &options[i];
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
		if (strcmp(text, on[i]) == 0)
			*flag = true;
		else if (strcmp(text, off[i]) == 0)
			*flag = false;
		else
			continue;
		return true;
	}
	return false;
}

static void
set_option(const Option *option, const char *text, const char *where)
{
	char	   *end = NULL;
	double		number = 0;

	switch (option->type)
	{
		case OPTION_TEXT:
			*(char **) option->value = mem_copy(text);
			return;
		case OPTION_FLAG:
			if (!read_flag(text, option->value))
				log_fatal("option \"%s\" (%s) must be on or off, not \"%s\"",
						  option->name, where, text);
			return;
		case OPTION_INT:
		case OPTION_NUMBER:
			number = strtod(text, &end);
			if (end == text || *end != '\0' || number < option->min ||
				number > option->max)
				log_fatal("option \"%s\" (%s) must be a number between %g and %g, not \"%s\"",
						  option->name, where, option->min, option->max, text);
			if (option->type == OPTION_INT)
				*(int *) option->value = (int) number;
			else
				*(double *) option->value = number;
			return;
	}
}

static char *
trim(char *text)
{
	char	   *end = text + strlen(text);

	while (isspace((unsigned char) *text))
		text++;
	while (end > text && isspace((unsigned char) end[-1]))
		end--;
	*end = '\0';
	if (end - text >= 2 && text[0] == '\'' && end[-1] == '\'')
	{
		end[-1] = '\0';
		text++;
	}
	return text;
}

static void
read_file(const Option *options, int count, const char *path)
{
	FILE	   *file = fopen(path, "r");
	char		line[4096];

	if (file == NULL)
		log_fatal("could not open file \"%s\"", path);
	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *text = trim(line);
		char	   *equals = strchr(text, '=');
		const Option *option;

		if (text[0] == '\0' || text[0] == '#')
			continue;
		if (equals == NULL)
			log_fatal("line \"%s\" of file \"%s\" is not of the form name = value",
					  text, path);
		*equals = '\0';
		text = trim(text);
		option = find_option(options, count, text, strlen(text));
		if (option == NULL)
			log_fatal("unknown option \"%s\" in file \"%s\"", text, path);
		set_option(option, trim(equals + 1), path);
	}
	fclose(file);
}

static void
read_environment(const Option *options, int count, const char *prefix)
{
	for (int i = 0; i < count; i++)
	{
		char		name[128];
		const char *value;
		char	   *c;

		snprintf(name, sizeof(name), "%s_%s", prefix, options[i].name);
		for (c = name; *c != '\0'; c++)
			*c = *c == '-' ? '_' : (char) toupper((unsigned char) *c);
		value = getenv(name);
		if (value != NULL)
			set_option(&options[i], value, name);
	}
}

static void
print_help(const Option *options, int count, const char *program,
		   const char *about)
{
	printf("%s %s\n\nUsage: %s [OPTION]...\n\n", program, about, program);
	for (int i = 0; i < count; i++)
	{
		if (options[i].letter)
			printf("  -%c, --%-22s %s\n", options[i].letter, options[i].name,
				   options[i].help);
		else
			printf("      --%-22s %s\n", options[i].name, options[i].help);
	}
	printf("      --%-22s %s\n      --%-22s %s\n      --%-22s %s\n",
		   "config", "file with options, one \"name = value\" a line",
		   "help", "print this and exit", "version", "print the version and exit");
}

static const Option *
find_letter(const Option *options, int count, char letter)
{
	for (int i = 0; i < count; i++)
	{
		if (options[i].letter == letter)
			return &options[i];
	}
	return NULL;
}

/* The argument after the current one, which must be there. */
static const char *
next_argument(int argc, char **argv, int *i)
{
	if (*i + 1 >= argc)
		log_fatal("option \"%s\" needs a value", argv[*i]);
	return argv[++*i];
}

static void
read_arguments(const Option *options, int count, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		const char *name = argv[i];
		const char *equals = strchr(name, '=');
		const Option *option = NULL;

		if (strncmp(name, "--", 2) == 0)
		{
			size_t		len = equals ? (size_t) (equals - name - 2) : strlen(name + 2);

			if (strncmp(name + 2, "config", len) == 0 && len == 6)
			{
				if (equals == NULL)
					i++;
				continue;
			}
			option = find_option(options, count, name + 2, len);
		}
		else if (name[0] == '-' && name[1] != '\0' && name[2] == '\0')
		{
			option = find_letter(options, count, name[1]);
			equals = NULL;
		}
		if (option == NULL)
			log_fatal("unknown argument \"%s\"; try --help", name);

		if (equals != NULL)
			set_option(option, equals + 1, "command line");
		else if (option->type == OPTION_FLAG)
			set_option(option, "on", "command line");
		else
			set_option(option, next_argument(argc, argv, &i), "command line");
	}
}

void
options_read(const Option *options, int count, const char *program,
			 const char *env_prefix, const char *about, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-?") == 0)
		{
			print_help(options, count, program, about);
			exit(0);
		}
		if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0)
		{
			printf("%s %s\n", program, PROGRAM_VERSION);
			exit(0);
		}
		if (strncmp(argv[i], "--config=", 9) == 0)
			read_file(options, count, argv[i] + 9);
		else if (strcmp(argv[i], "--config") == 0)
		{
			int			at = i;

			read_file(options, count, next_argument(argc, argv, &at));
		}
	}
	read_environment(options, count, env_prefix);
	read_arguments(options, count, argc, argv);
}
