/*-------------------------------------------------------------------------
 *
 * options.h
 *	  Options of programs: command line, environment and file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include "log.h"

/* of all programs, which the extension's goes with */
#ifndef PROGRAM_VERSION
#define PROGRAM_VERSION "1.0"
#endif

typedef enum OptionType
{
	OPTION_TEXT,				/* char ** */
	OPTION_CONNINFO,			/* char **; a connection string, whose
								 * password is hidden from who lists processes */
	OPTION_INT,					/* int * */
	OPTION_NUMBER,				/* double * */
	OPTION_FLAG,				/* bool *; "--name" alone sets it */
	OPTION_MAP					/* OptionMap *; "name.key=number", or
								 * "name=key=number,key=number,number" */
} OptionType;

/* Numbers by name, and one for the names that have none. */
typedef struct OptionMap
{
	int			count;
	char	  **names;
	double	   *numbers;
	bool		has_rest;
	double		rest;
} OptionMap;

typedef struct Option
{
	const char *name;			/* words joined by "-"; "_" does as well */
	char		letter;			/* short form, or 0 */
	OptionType	type;
	void	   *value;			/* holds the default at first */
	double		min;			/* of numbers, as is the next */
	double		max;
	const char *help;
} Option;

/* A program's options, and what --help tells about them. */
typedef struct OptionSet
{
	const char *program;
	const char *env_prefix;		/* of the environment's variables */
	const char *about;			/* what the program does */
	const Option *options;
	int			count;
	char	  **log_level;		/* the value of the option with the log's
								 * level */
	LogFormat	log_format;		/* once the options are read */
	char	  **log_format_name;	/* an option's value that says so instead;
									 * NULL: there is none */

	/*
	 * takes "[kind name]" of a file and returns what may follow, or NULL;
	 * NULL: a file has no sections
	 */
	const struct OptionSet *(*section) (const char *kind, const char *name);
	void		(*print_more) (void);	/* what --version says besides, or
										 * NULL */
} OptionSet;

extern double option_map_get(const OptionMap *map, const char *name, double fallback);
extern void options_read(const OptionSet *set, int argc, char **argv);
extern void options_fail(const char *format,...)
			__attribute__((format(printf, 1, 2), noreturn));

#endif							/* COMMON_OPTIONS_H */
