/*-------------------------------------------------------------------------
 *
 * options.h
 *	  Options of programs: command line, environment and file.
 *
 * An option comes, the later the stronger, from its default, a file named by
 * --config (lines "name = value"), the environment (PREFIX_NAME) and the
 * command line (--name=value or --name value).
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

typedef enum OptionType
{
	OPTION_TEXT,				/* char ** */
	OPTION_INT,					/* int * */
	OPTION_NUMBER,				/* double * */
	OPTION_FLAG					/* bool *; "--name" alone sets it */
} OptionType;

typedef struct Option
{
	const char *name;
	char		letter;			/* short form, or 0 */
	OptionType	type;
	void	   *value;
	double		min;			/* of numbers */
	double		max;
	const char *help;
} Option;

/*
 * Read the options into their values.  Ends the process on a mistake, and for
 * --help and --version.
 */
extern void options_read(const Option *options, int count, const char *program,
						 const char *env_prefix, const char *about,
						 int argc, char **argv);

#endif							/* COMMON_OPTIONS_H */
