/*-------------------------------------------------------------------------
 *
 * transfer.h
 *	  HTTP requests to others, all under way at the same time in one thread.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_TRANSFER_H
#define COMMON_TRANSFER_H

#include <stdbool.h>

#include <curl/curl.h>

#include "outbound.h"

/* A request; part of its owner's structure. */
typedef struct Transfer
{
	CURL	   *easy;			/* for options of the owner's */
	struct curl_slist *headers;
	bool		is_denied;		/* the host, or one of its addresses */
	char		denial[512];	/* by which rule; "": it is in a denied range */
	const OutboundRules *outbound;	/* NULL: there are none */
	char	   *connect_to;		/* the host that is connected to, of outbound
								 * rules */
	int			connect_port;
	char		error[CURL_ERROR_SIZE]; /* "" when libcurl says nothing */
	void		(*done) (void *owner, CURLcode code);
	void	   *owner;
} Transfer;

/* One request. */
extern void transfer_init(Transfer *transfer, const char *agent,
						  void (*done) (void *owner, CURLcode code), void *owner);
extern bool transfer_go_to(Transfer *transfer, const char *host, int port, bool is_forwarded);
extern void transfer_use_mail(Transfer *transfer);
extern bool transfer_add_header(Transfer *transfer, const char *name, const char *value);
extern void transfer_omit_header(Transfer *transfer, const char *name);
extern void transfer_drop_header(Transfer *transfer, const char *name);
extern bool transfer_send(Transfer *transfer);
extern void transfer_recall(Transfer *transfer);
extern bool transfer_was_denied(const Transfer *transfer, CURLcode code);
extern const char *transfer_problem(const Transfer *transfer, CURLcode code);
extern void transfer_free(Transfer *transfer);

/* All of them. */
extern void transfers_trust(const char *file);
extern void transfers_open(void);
extern void transfers_wait(struct curl_waitfd *others, unsigned int count, int wait_ms);
extern void transfers_process(void);
extern void transfers_close(void);

#endif							/* COMMON_TRANSFER_H */
