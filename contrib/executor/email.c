/*-------------------------------------------------------------------------
 *
 * email.c
 *	  The action std.email.
 *
 * libcurl speaks SMTP in the main loop, so a mail waits for its server without
 * keeping anybody else waiting.  With a password the connection must be
 * encrypted and the server's certificate good, since the password goes over
 * it; without one it is encrypted if the server can do that.
 *
 * A server that refuses one of the recipients gets no mail at all: the error
 * then holds for everyone, and the action can be tried again.
 *
 *-------------------------------------------------------------------------
 */
#include "email.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "config.h"
#include "egress.h"
#include "email_message.h"
#include "transfer.h"

#define MAX_RECIPIENTS	1000
#define MAX_MESSAGE		(25 * 1024 * 1024)	/* bytes of the texts together */

typedef struct Mail
{
	Action	   *action;
	Transfer	transfer;
	struct curl_slist *recipients;
	Buf			message;
	size_t		sent;			/* bytes of it that libcurl has taken */
} Mail;

/* Gives up the mail of an action, if it has one. */
void
email_stop(Action *action)
{
	Mail	   *mail = action->work;

	if (mail == NULL)
		return;
	action->work = NULL;
	transfer_free(&mail->transfer);
	curl_slist_free_all(mail->recipients);
	buf_free(&mail->message);
	free(mail);
}

/* Ends the action because the mail could not be made or was not taken. */
static void
fail_mail(Mail *mail, const char *why)
{
	Action	   *action = mail->action;
	Buf			text = {0};

	buf_puts(&text, why);
	email_stop(action);
	action_raise(action, "Failed to send an email message: %s", text.data);
	buf_free(&text);
}

/* Called by libcurl for the next piece of the message. */
static size_t
give_message(char *to, size_t size, size_t count, void *arg)
{
	Mail	   *mail = arg;
	size_t		left = mail->message.len - mail->sent;
	size_t		n = left < size * count ? left : size * count;

	memcpy(to, mail->message.data + mail->sent, n);
	mail->sent += n;
	return n;
}

/* The transfer has ended, in whatever way. */
static void
mail_done(void *owner, CURLcode code)
{
	Mail	   *mail = owner;
	Action	   *action = mail->action;

	if (transfer_was_denied(&mail->transfer, code))
		fail_mail(mail, mail->transfer.denial[0] != '\0' ? mail->transfer.denial :
				  "the SMTP server has an address in a denied range");
	else if (code != CURLE_OK)
		fail_mail(mail, transfer_problem(&mail->transfer, code));
	else
	{
		email_stop(action);
		action_succeed(action, "null");
	}
}

/* ---- input; functions return NULL, or what is wrong ---- */

static const char *
text_of(const Json *input, const char *name)
{
	Json	   *value = json_member(input, name);

	return value != NULL && value->type == JSON_STRING ? value->text : NULL;
}

static const char *
check_texts(const Json *input)
{
	static const char *const names[] = {"from_addr", "smtp_server", "smtp_password", "subject", "body", "html_body"};
	size_t		bytes = 0;

	for (int i = 0; i < (int) (sizeof(names) / sizeof(names[0])); i++)
	{
		Json	   *value = json_member(input, names[i]);

		if (json_is_given(value) && value->type != JSON_STRING)
			return "from_addr, smtp_server, smtp_password, subject, body and html_body must be texts";
		if (json_is_given(value) && strlen(value->text) != value->len)
			return "texts cannot have a character with code 0";
		bytes += json_is_given(value) ? value->len : 0;
	}
	return bytes > MAX_MESSAGE ? "the texts are longer than 25 MB" : NULL;
}

/* Checks a list of addresses; those of recipients are added to the envelope. */
static const char *
check_addresses(Mail *mail, const char *name, bool are_recipients, int *count)
{
	Json	   *list = json_member(mail->action->input, name);

	if (!json_is_given(list))
		return NULL;
	if (list->type != JSON_ARRAY)
		return "to_addrs, cc_addrs, bcc_addrs and reply_to must be lists of addresses";
	for (int i = 0; i < list->count; i++)
	{
		Buf			address = {0};

		if (list->items[i]->type != JSON_STRING || strlen(list->items[i]->text) != list->items[i]->len ||
			!email_address(list->items[i]->text, &address))
			return "an element of to_addrs, cc_addrs, bcc_addrs or reply_to is no e-mail address";
		if (are_recipients)
			mail->recipients = curl_slist_append(mail->recipients, address.data);
		buf_free(&address);
		(*count)++;
	}
	return *count > MAX_RECIPIENTS ? "there are more than 1000 addresses" : NULL;
}

static const char *
set_recipients(Mail *mail)
{
	int			count = 0;
	const char *problem;

	if ((problem = check_addresses(mail, "to_addrs", true, &count)) != NULL ||
		(problem = check_addresses(mail, "cc_addrs", true, &count)) != NULL ||
		(problem = check_addresses(mail, "bcc_addrs", true, &count)) != NULL ||
		(problem = check_addresses(mail, "reply_to", false, &count)) != NULL)
		return problem;
	if (mail->recipients == NULL)
		return "there is no recipient";
	curl_easy_setopt(mail->transfer.easy, CURLOPT_MAIL_RCPT, mail->recipients);
	return NULL;
}

/*
 * Sets the server: "host", "host:port", or with smtp:// or smtps:// (TLS from
 * the beginning) before it.
 */
static const char *
set_server(Mail *mail, const char *server)
{
	CURLU	   *parsed = curl_url();
	char	   *host = NULL;
	char	   *scheme = NULL;
	char	   *port = NULL;
	const char *problem = NULL;
	Buf			url = {0};

	if (strstr(server, "://") == NULL)
		buf_puts(&url, "smtp://");
	buf_puts(&url, server);
	if (curl_url_set(parsed, CURLUPART_URL, url.data, 0) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
		(strcasecmp(scheme, "smtp") != 0 && strcasecmp(scheme, "smtps") != 0))
		problem = "smtp_server must be of the form host, host:port or smtps://host:port";
	else if (!egress_host_is_allowed(host))
		problem = "the SMTP server is not on the list of allowed hosts";
	else if (!transfer_go_to(&mail->transfer, host, atoi(port), false))
		problem = mail->transfer.denial;
	else
		curl_easy_setopt(mail->transfer.easy, CURLOPT_URL, url.data);
	curl_free(host);
	curl_free(scheme);
	curl_free(port);
	curl_url_cleanup(parsed);
	buf_free(&url);
	return problem;
}

/* Sets the sender, who also logs in when there is a password. */
static const char *
set_sender(Mail *mail, const char *from, const char *password)
{
	CURL	   *easy = mail->transfer.easy;
	Buf			address = {0};

	if (from == NULL || !email_address(from, &address))
		return "from_addr is no e-mail address";
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, address.data);
	if (password != NULL && password[0] != '\0')
	{
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long) CURLUSESSL_ALL);
		curl_easy_setopt(easy, CURLOPT_USERNAME, address.data);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, password);
	}
	else
	{
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long) CURLUSESSL_TRY);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	buf_free(&address);
	return NULL;
}

static void
set_message(Mail *mail)
{
	const Json *input = mail->action->input;
	CURL	   *easy = mail->transfer.easy;
	EmailParts	parts = {
		.id = mail->action->id, .date = time(NULL), .from = text_of(input, "from_addr"),
		.to = json_member(input, "to_addrs"), .cc = json_member(input, "cc_addrs"),
		.reply_to = json_member(input, "reply_to"), .subject = text_of(input, "subject"),
		.body = text_of(input, "body"), .html_body = text_of(input, "html_body")
	};

	email_write(&mail->message, &parts);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_message);
	curl_easy_setopt(easy, CURLOPT_READDATA, mail);
	if (config.email_timeout > 0)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) (config.email_timeout * 1000));
}

/* ---- the action ---- */

/* Sends the mail of an action, which may have ended when this returns. */
void
email_start(Action *action)
{
	const Json *input = action->input;
	const char *server = text_of(input, "smtp_server");
	Mail	   *mail = mem_alloc(sizeof(Mail));
	const char *problem;

	action->work = mail;
	mail->action = action;
	transfer_init(&mail->transfer, "mistral-executor/1.0", mail_done, mail);
	transfer_use_mail(&mail->transfer);
	mail->transfer.outbound = action->outbound;
	if ((problem = check_texts(input)) == NULL &&
		(problem = set_server(mail, server != NULL ? server : "")) == NULL &&
		(problem = set_sender(mail, text_of(input, "from_addr"), text_of(input, "smtp_password"))) == NULL)
		problem = set_recipients(mail);
	if (problem == NULL)
	{
		set_message(mail);
		if (!transfer_send(&mail->transfer))
			problem = "libcurl does not take the message";
	}
	if (problem != NULL)
		fail_mail(mail, problem);
}
