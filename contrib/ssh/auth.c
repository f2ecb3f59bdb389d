/*-------------------------------------------------------------------------
 *
 * auth.c
 *	  A session with a host: who it is, and who we are.
 *
 * Nothing is taken from where an interactive user has it: no agent, no key that
 * the request does not name, no configuration file.  What lies about on the
 * executor's machine must not open doors for those who start workflows.
 *
 *-------------------------------------------------------------------------
 */
#include "auth.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the host ---- */

/* Fails unless the key of the host is one to be accepted. */
static void
check_host(ssh_session session, const Request *request, const Host *host)
{
	HostKeys	policy = request->settings.host_keys;

	if (policy == HOST_KEYS_ACCEPT)
		return;
	switch (ssh_session_is_known_server(session))
	{
		case SSH_KNOWN_HOSTS_OK:
			return;
		case SSH_KNOWN_HOSTS_CHANGED:
		case SSH_KNOWN_HOSTS_OTHER:
			fail_request("The key of host \"%s\" is not the one that is known", host->name);
		case SSH_KNOWN_HOSTS_NOT_FOUND:
		case SSH_KNOWN_HOSTS_UNKNOWN:
			if (policy == HOST_KEYS_VERIFY)
				fail_request("The key of host \"%s\" is not known to this executor (setting ssh-known-hosts)",
							 host->name);
			if (ssh_session_update_known_hosts(session) != SSH_OK)
				fail_request("The key of host \"%s\" could not be stored: %s", host->name,
							 ssh_get_error(session));
			return;
		default:
			fail_request("The key of host \"%s\" could not be looked up: %s", host->name,
						 ssh_get_error(session));
	}
}

/* ---- we ---- */

/* Appends the path of a key, which stays in the directory of keys. */
static void
key_path(const Request *request, Buf *path)
{
	const char *directory = request->settings.key_directory;
	struct passwd *user = getpwuid(getuid());

	if (strstr(request->key_file, "..") != NULL || request->key_file[0] == '/')
		fail_request("The name of the private key must be relative and have no \"..\"");
	if (directory[0] != '\0')
		buf_printf(path, "%s/%s", directory, request->key_file);
	else
		buf_printf(path, "%s/.ssh/%s", user != NULL ? user->pw_dir : "", request->key_file);
}

/* Returns the key that the request names, or NULL: it names none. */
static ssh_key
find_key(const Request *request)
{
	const char *phrase = request->password[0] != '\0' ? request->password : NULL;
	Buf			path = {0};
	ssh_key		key = NULL;

	if (request->key[0] != '\0')
	{
		if (ssh_pki_import_privkey_base64(request->key, phrase, NULL, NULL, &key) != SSH_OK)
			fail_request("The private key could not be read");
		return key;
	}
	if (request->key_file[0] == '\0')
		return NULL;
	key_path(request, &path);
	if (ssh_pki_import_privkey_file(path.data, phrase, NULL, NULL, &key) != SSH_OK)
		fail_request("The private key \"%s\" could not be read", request->key_file);
	buf_free(&path);
	return key;
}

/* Answers the questions of a server with the password; the result of the last. */
static int
answer_questions(ssh_session session, const char *password)
{
	int			result = ssh_userauth_kbdint(session, NULL, NULL);

	for (int round = 0; result == SSH_AUTH_INFO && round < 10; round++)
	{
		int			count = ssh_userauth_kbdint_getnprompts(session);

		for (int i = 0; i < count; i++)
			ssh_userauth_kbdint_setanswer(session, i, password);
		result = ssh_userauth_kbdint(session, NULL, NULL);
	}
	return result;
}

/* Logs in by key, by password, or by nothing, whatever there is. */
static bool
log_in(ssh_session session, const Request *request)
{
	int			result = ssh_userauth_none(session, NULL);
	int			methods = ssh_userauth_list(session, NULL);
	ssh_key		key = find_key(request);

	if (result != SSH_AUTH_SUCCESS && key != NULL && (methods & SSH_AUTH_METHOD_PUBLICKEY))
		result = ssh_userauth_publickey(session, NULL, key);
	if (result != SSH_AUTH_SUCCESS && request->password[0] != '\0' && (methods & SSH_AUTH_METHOD_PASSWORD))
		result = ssh_userauth_password(session, NULL, request->password);
	if (result != SSH_AUTH_SUCCESS && request->password[0] != '\0' && (methods & SSH_AUTH_METHOD_INTERACTIVE))
		result = answer_questions(session, request->password);
	ssh_key_free(key);
	return result == SSH_AUTH_SUCCESS;
}

/* ---- both ---- */

static void
set_options(ssh_session session, const Request *request, const Host *host, const char *user)
{
	const Settings *settings = &request->settings;
	bool		reads_config = false;

	ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &reads_config);
	ssh_options_set(session, SSH_OPTIONS_HOST, host->name);
	ssh_options_set(session, SSH_OPTIONS_PORT, &host->port);
	ssh_options_set(session, SSH_OPTIONS_USER, user);
	ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &settings->connect_timeout);
	if (settings->known_hosts[0] != '\0')
	{
		ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, settings->known_hosts);
		ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
	}
}

/*
 * Opens a session with the host over a socket, or over a command when there is
 * one, and logs in; fails when that is not possible.
 */
ssh_session
session_open(const Request *request, const Host *host, const char *user, int fd,
			 const char *proxy_command)
{
	ssh_session session = ssh_new();

	if (session == NULL)
		fail_request("There is no memory for a session");
	set_options(session, request, host, user);
	if (proxy_command[0] != '\0')
		ssh_options_set(session, SSH_OPTIONS_PROXYCOMMAND, proxy_command);
	else
		ssh_options_set(session, SSH_OPTIONS_FD, &fd);
	if (ssh_connect(session) != SSH_OK)
		fail_request("Could not connect to %s:%u: %s", host->name, host->port, ssh_get_error(session));
	check_host(session, request, host);
	if (!log_in(session, request))
		fail_request("Host \"%s\" does not let user \"%s\" in", host->name, user);
	return session;
}
