/*-------------------------------------------------------------------------
 *
 * config.c
 *	  Settings of the server.
 *
 *-------------------------------------------------------------------------
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

typedef enum SettingType
{
	SETTING_STRING,
	SETTING_INT,
	SETTING_BOOL
} SettingType;

typedef struct Setting
{
	const char *name;
	SettingType type;
	size_t		offset;
	const char *initial;
	int			min;
	int			max;
	const char *help;
} Setting;

#define STRING_SETTING(name, initial, help) \
	{#name, SETTING_STRING, offsetof(Config, name), initial, 0, 0, help}
#define INT_SETTING(name, initial, min, max, help) \
	{#name, SETTING_INT, offsetof(Config, name), initial, min, max, help}
#define BOOL_SETTING(name, initial, help) \
	{#name, SETTING_BOOL, offsetof(Config, name), initial, 0, 0, help}

/* sorted by name */
static const Setting settings[] = {
	BOOL_SETTING(access_log, "on", "log every request"),
	STRING_SETTING(auth, "none", "none, or of password, token, headers: comma-separated"),
	BOOL_SETTING(create_projects, "off", "with auth=headers: create the role of an unknown project"),
	STRING_SETTING(database, "", "connection string of the database (libpq)"),
	BOOL_SETTING(delete_action_executions, "off", "allow DELETE of action executions"),
	INT_SETTING(header_timeout, "10", 1, 3600, "of request_timeout: seconds until line and headers are there"),
	INT_SETTING(idle_timeout, "60", 1, 86400, "seconds a connection may wait for its next request"),
	STRING_SETTING(info_file, "", "JSON file that GET /info answers; empty: off"),
	BOOL_SETTING(insecure_listen, "off", "allow auth=none on other addresses than loopback"),
	STRING_SETTING(listen, "127.0.0.1", "address to listen on; * for all"),
	STRING_SETTING(log_level, "info", "debug, info, warning or error"),
	INT_SETTING(max_body, "16777216", 1024, 1 << 30, "bytes of a request's body"),
	INT_SETTING(max_connections, "500", 1, 100000, "connections of clients"),
	INT_SETTING(max_connections_per_address, "0", 0, 100000, "of these from one address; 0: nine tenths of them"),
	INT_SETTING(max_header, "32768", 4096, 1 << 24, "bytes of a request's line and headers"),
	INT_SETTING(max_requests_per_connection, "10000", 1, INT_MAX, "requests until a connection is closed"),
	INT_SETTING(pool_size, "8", 1, 1000, "connections to the database"),
	INT_SETTING(port, "8989", 0, 65535, "port to listen on; 0: any free one"),
	INT_SETTING(queue_size, "1000", 0, 1000000, "requests that wait for a database connection"),
	INT_SETTING(queue_timeout, "10", 1, 3600, "seconds a request waits for one"),
	INT_SETTING(request_timeout, "30", 1, 3600, "seconds a client may take to send a request"),
	INT_SETTING(response_timeout, "300", 1, 86400, "seconds a client may take to read the answer"),
	STRING_SETTING(role, "", "with auth=none: the role requests run as; empty: the connection's own"),
	INT_SETTING(statement_timeout, "60", 1, 86400, "seconds the database may work on a request"),
	INT_SETTING(stop_timeout, "30", 0, 3600, "seconds requests may go on when the server stops"),
	STRING_SETTING(tls_certificate, "", "PEM file with the certificate chain"),
	STRING_SETTING(tls_key, "", "PEM file with the private key"),
	BOOL_SETTING(trust_forwarded, "off", "believe X-Forwarded-Proto and X-Forwarded-Host"),
	STRING_SETTING(trusted_proxies, "127.0.0.1,::1", "addresses whose identity headers are believed")
};

#define SETTINGS_COUNT	(sizeof(settings) / sizeof(settings[0]))

static const Setting *
find_setting(const char *name, size_t len)
{
	size_t		i;

	for (i = 0; i < SETTINGS_COUNT; i++)
		if (strlen(settings[i].name) == len &&
			strncmp(settings[i].name, name, len) == 0)
			return &settings[i];
	return NULL;
}

static bool
parse_bool(const char *value, bool *result)
{
	static const char *const yes[] = {"on", "true", "yes", "1"};
	static const char *const no[] = {"off", "false", "no", "0"};
	int			i;

	for (i = 0; i < 4; i++)
	{
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0)
		{
			*result = strcasecmp(value, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static bool
set_value(Config *config, const Setting *setting, const char *value,
		  const char *source)
{
	char	   *field = (char *) config + setting->offset;
	char	   *end;
	long		number;

	switch (setting->type)
	{
		case SETTING_STRING:
			free(*(char **) field);
			*(char **) field = mem_copy(value);
			return true;
		case SETTING_BOOL:
			if (parse_bool(value, (bool *) field))
				return true;
			fprintf(stderr, "mistral-api: %s: setting \"%s\" needs on or off, not \"%s\"\n",
					source, setting->name, value);
			return false;
		case SETTING_INT:
			errno = 0;
			number = strtol(value, &end, 10);
			if (errno == 0 && end != value && *end == '\0' &&
				number >= setting->min && number <= setting->max)
			{
				*(int *) field = (int) number;
				return true;
			}
			fprintf(stderr, "mistral-api: %s: setting \"%s\" needs a number from %d to %d, not \"%s\"\n",
					source, setting->name, setting->min, setting->max, value);
			return false;
	}
	return false;
}

static char *
trim(char *text)
{
	char	   *end;

	while (isspace((unsigned char) *text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char) end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* A value may stand in single quotes; a quote inside is doubled. */
static char *
unquote(char *value)
{
	char	   *from;
	char	   *to;

	if (*value != '\'')
	{
		value[strcspn(value, "#")] = '\0';
		return trim(value);
	}
	to = value;
	for (from = value + 1; *from != '\0'; from++)
	{
		if (*from == '\'')
		{
			if (from[1] != '\'')
				break;
			from++;
		}
		*to++ = *from;
	}
	*to = '\0';
	return value;
}

static bool
load_line(Config *config, char *line, const char *source)
{
	const Setting *setting;
	char	   *name = trim(line);
	char	   *equals;
	size_t		len;

	if (*name == '\0' || *name == '#')
		return true;
	equals = strchr(name, '=');
	if (equals == NULL)
	{
		fprintf(stderr, "mistral-api: %s: there is no \"=\"\n", source);
		return false;
	}
	*equals = '\0';
	len = strlen(trim(name));
	setting = find_setting(name, len);
	if (setting == NULL)
	{
		fprintf(stderr, "mistral-api: %s: setting \"%s\" does not exist\n",
				source, name);
		return false;
	}
	return set_value(config, setting, unquote(trim(equals + 1)), source);
}

static bool
load_file(Config *config, const char *path)
{
	FILE	   *file = fopen(path, "r");
	char		line[4096];
	char		source[4200];
	int			number = 0;
	bool		ok = true;

	if (file == NULL)
	{
		fprintf(stderr, "mistral-api: could not open file \"%s\": %s\n",
				path, strerror(errno));
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL)
	{
		snprintf(source, sizeof(source), "%s, line %d", path, ++number);
		ok = load_line(config, line, source) && ok;
	}
	fclose(file);
	return ok;
}

static bool
load_environment(Config *config)
{
	size_t		i;
	bool		ok = true;

	for (i = 0; i < SETTINGS_COUNT; i++)
	{
		char		name[80];
		char	   *c;
		const char *value;

		snprintf(name, sizeof(name), "MISTRAL_API_%s", settings[i].name);
		for (c = name; *c != '\0'; c++)
			*c = (char) toupper((unsigned char) *c);
		value = getenv(name);
		if (value != NULL && *value != '\0')
			ok = set_value(config, &settings[i], value, name) && ok;
	}
	return ok;
}

static bool
load_arguments(Config *config, int argc, char **argv)
{
	int			i;

	for (i = 1; i < argc; i++)
	{
		const char *arg = argv[i];
		const char *equals = strchr(arg, '=');
		const Setting *setting = NULL;

		if (strncmp(arg, "--config", 8) == 0)
		{
			i += (arg[8] == '\0');
			continue;
		}
		if (strncmp(arg, "--", 2) == 0 && equals != NULL)
			setting = find_setting(arg + 2, equals - arg - 2);
		if (setting == NULL)
		{
			fprintf(stderr, "mistral-api: argument \"%s\" is not understood; try --help\n", arg);
			return false;
		}
		if (!set_value(config, setting, equals + 1, arg))
			return false;
	}
	return true;
}

static bool
parse_auth(Config *config)
{
	static const struct
	{
		const char *name;
		int			kind;
	}			kinds[] = {
		{"none", AUTH_NONE}, {"password", AUTH_PASSWORD},
		{"token", AUTH_TOKEN}, {"headers", AUTH_HEADERS}
	};
	char	   *copy = mem_copy(config->auth);
	char	   *rest = copy;
	char	   *word;
	bool		ok = true;

	while ((word = strsep(&rest, ",")) != NULL)
	{
		size_t		i;

		word = trim(word);
		for (i = 0; i < 4; i++)
			if (strcasecmp(word, kinds[i].name) == 0)
				break;
		if (i < 4)
			config->auth_kinds |= kinds[i].kind;
		else
		{
			fprintf(stderr, "mistral-api: setting \"auth\" does not know \"%s\"\n", word);
			ok = false;
		}
	}
	free(copy);
	return ok;
}

static bool
check_config(Config *config)
{
	if (!parse_auth(config))
		return false;
	if ((*config->tls_certificate == '\0') != (*config->tls_key == '\0'))
	{
		fputs("mistral-api: settings \"tls_certificate\" and \"tls_key\" go together\n", stderr);
		return false;
	}
	if (config->auth_kinds == AUTH_NONE && !config->insecure_listen &&
		!config_is_loopback(config->listen))
	{
		fputs("mistral-api: without authentication the server listens on a loopback address only\n"
			  "Choose a method with the setting \"auth\", or set \"insecure_listen\" to on.\n",
			  stderr);
		return false;
	}
	return true;
}

/*
 * Fill "config" from all sources.  When the program shall end, false is
 * returned and *exit_code set; what is wrong has been reported.
 */
bool
config_load(Config *config, int argc, char **argv, int *exit_code)
{
	const char *file = getenv("MISTRAL_API_CONFIG");
	size_t		i;
	int			arg;

	memset(config, 0, sizeof(*config));
	*exit_code = 2;
	for (i = 0; i < SETTINGS_COUNT; i++)
		(void) set_value(config, &settings[i], settings[i].initial, "default");
	for (arg = 1; arg < argc; arg++)
	{
		if (strcmp(argv[arg], "--help") == 0)
		{
			config_usage(stdout);
			*exit_code = 0;
			return false;
		}
		if (strncmp(argv[arg], "--config=", 9) == 0)
			file = argv[arg] + 9;
		else if (strcmp(argv[arg], "--config") == 0 && arg + 1 < argc)
			file = argv[++arg];
	}
	if (file != NULL && *file != '\0' && !load_file(config, file))
		return false;
	return load_environment(config) && load_arguments(config, argc, argv) &&
		check_config(config);
}

/* Describe the program and its settings. */
void
config_usage(FILE *out)
{
	size_t		i;

	fputs("mistral-api serves the Mistral v2 REST API of a database that has the\n"
		  "extension \"mistral\".\n\n"
		  "usage: mistral-api [--config=FILE] [--NAME=VALUE]...\n"
		  "       mistral-api --routes    print the routes served\n\n"
		  "settings (also MISTRAL_API_NAME in the environment):\n", out);
	for (i = 0; i < SETTINGS_COUNT; i++)
		fprintf(out, "  %-28s %s (default \"%s\")\n",
				settings[i].name, settings[i].help, settings[i].initial);
}

/* Is "address" in a comma-separated list? */
bool
config_lists_address(const char *list, const char *address)
{
	size_t		len = strlen(address);
	const char *at = list;

	while (*at != '\0')
	{
		size_t		item = strcspn(at, ", ");

		if (item == len && strncmp(at, address, len) == 0)
			return true;
		at += item;
		at += strspn(at, ", ");
	}
	return false;
}

/* Can only this machine reach the address? */
bool
config_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
		strcmp(address, "localhost") == 0;
}
