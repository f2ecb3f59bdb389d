/*-------------------------------------------------------------------------
 *
 * publishers.c
 *	  The types of publishers that deliveries are made to.
 *
 * To add one is a row here, and a file with the function that starts it.
 *
 *-------------------------------------------------------------------------
 */
#include "publishers.h"

#include <string.h>

#include "file.h"
#include "program.h"
#include "webhook.h"

/* sorted by type */
static const struct
{
	const char *type;
	void		(*start) (Delivery *delivery);
}			publishers[] = {
	{"file", file_start},
	{"program", program_start},
	{"webhook", webhook_start},
};

/*
 * Starts a delivery by the type of its publisher.  The delivery may have ended
 * when this returns.
 */
void
publisher_start(Delivery *delivery)
{
	const char *type = delivery_option(delivery, "type");

	for (int i = 0; type != NULL && i < (int) (sizeof(publishers) / sizeof(publishers[0])); i++)
	{
		if (strcmp(publishers[i].type, type) == 0)
		{
			publishers[i].start(delivery);
			return;
		}
	}
	delivery_done(delivery, "unknown type of publisher");
}
