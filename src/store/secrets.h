/*-------------------------------------------------------------------------
 *
 * secrets.h
 *	  Values that nobody is shown, and what stands in their place.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_SECRETS_H
#define MISTRAL_STORE_SECRETS_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

/*
 * The secrets of an owner: an environment, a root execution with all below it, a
 * trigger, or an action that runs by itself.
 */
typedef struct SecretSet SecretSet;

/* ---- secrets.c: sets, and their rows ---- */

extern SecretSet *mst_secrets_create(const pg_uuid_t *owner, const char *project);
extern SecretSet *mst_secrets_load(const pg_uuid_t *owner, const char *project);
extern const pg_uuid_t *mst_secrets_owner(const SecretSet *set);
extern bool mst_secrets_are_named(void);
extern int	mst_secrets_count(const SecretSet *set);
extern void mst_secrets_adopt(SecretSet *set, const Jsonb *json);
extern void mst_secrets_store(SecretSet *set);
extern void mst_secrets_keep(SecretSet *set, const Jsonb *json);
extern void mst_secrets_delete(const pg_uuid_t *owner);

/* ---- sealing.c: references in the place of values, and back ---- */

extern bool mst_secrets_has_reference(const Jsonb *json);
extern Jsonb *mst_secrets_seal(SecretSet *set, const Jsonb *json);
extern Jsonb *mst_secrets_seal_members(SecretSet *set, const Jsonb *json, char **names, int n);
extern char *mst_secrets_seal_text(SecretSet *set, const char *text);
extern Jsonb *mst_secrets_open(SecretSet *set, const Jsonb *json);
extern bool mst_secrets_open_string(void *set, const char *text, int len, JsonbValue *value);

#endif							/* MISTRAL_STORE_SECRETS_H */
