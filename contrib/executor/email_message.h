/*-------------------------------------------------------------------------
 *
 * email_message.h
 *	  The text of an e-mail.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_EMAIL_MESSAGE_H
#define EXECUTOR_EMAIL_MESSAGE_H

#include <stdbool.h>
#include <time.h>

#include "json.h"

/* What a message is made of; texts may be NULL or empty. */
typedef struct EmailParts
{
	const char *id;				/* of the action: the same when it is repeated */
	time_t		date;
	const char *from;
	const Json *to;				/* lists of addresses, or NULL */
	const Json *cc;
	const Json *reply_to;
	const char *subject;
	const char *body;
	const char *html_body;
} EmailParts;

extern bool email_address(const char *text, Buf *address);
extern void email_write(Buf *message, const EmailParts *parts);

#endif							/* EXECUTOR_EMAIL_MESSAGE_H */
