/* kelp image trust: policy.json, shown and changed. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/global.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/image/policy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct trust_args {
        bool json, raw;
        const char *policy, *type;
        struct strv keys;
};
#define OPT_ARGS struct trust_args

static const struct opt show_options[] = {
        OPT_BOOL('j', "json", json, "As JSON"),
        OPT_STR(0, "policypath", policy, "FILE", "Another policy.json"),
        OPT_BOOL(0, "raw", raw, "The file as it is"),
        OPT_REFUSED(0, "registrypath", "registries.d is not consulted"),
        { 0 },
};

static const struct opt set_options[] = {
        OPT_STR(0, "policypath", policy, "FILE", "Another policy.json"),
        OPT_LIST('f', "pubkeysfile", keys, "FILE", "Public key of the signer, PEM"),
        OPT_STR('t', "type", type, "TYPE", "accept, reject or sigstoreSigned"),
        { 0 },
};

/* podman's word for a rule. */
static const char *type_word(const char *type)
{
        return strcmp(type, "insecureAcceptAnything") == 0 ? "accept" : type;
}

static void add_rows(json_t *rows, const char *transport, const char *name, const json_t *rules)
{
        size_t i;
        json_t *rule;

        json_array_foreach (rules, i, rule)
                json_array_append_new(rows,
                                      json_pack("{s:s, s:s, s:s, s:s, s:s}", "transport", transport,
                                                "name", name, "repo_name", name, "type",
                                                type_word(json_get_string(rule, "type", "")),
                                                "gpg_id", ""));
}

static json_t *make_rows(const json_t *policy)
{
        json_t *rows = json_array(), *scopes, *rules;
        const char *transport, *scope;

        add_rows(rows, "all", "default", json_object_get(policy, "default"));
        json_object_foreach (json_object_get(policy, "transports"), transport, scopes)
                json_object_foreach (scopes, scope, rules)
                        add_rows(rows, strcmp(transport, "docker") == 0 ? "repository" : transport,
                                 scope, rules);
        return rows;
}

static int print_rows(const json_t *rows)
{
        AUTO(table) table = { .columns = 5 };
        size_t i;
        json_t *row;

        strv_add_array(&table.cells,
                       (const char *const[]){ "TRANSPORT", "NAME", "TYPE", "ID", "STORE", NULL });
        json_array_foreach (rows, i, row) {
                strv_add(&table.cells, json_get_string(row, "transport", ""));
                strv_add(&table.cells, json_get_string(row, "name", ""));
                strv_add(&table.cells, json_get_string(row, "type", ""));
                strv_add(&table.cells, "");
                strv_add(&table.cells, "");
        }
        table_print(&table, stdout);
        return 0;
}

/* Only the rows whose name begins so. */
static void keep_matching(json_t *rows, const char *prefix)
{
        for (size_t i = json_array_size(rows); i-- > 0;)
                if (strncmp(json_get_string(json_array_get(rows, i), "name", ""), prefix,
                            strlen(prefix)) != 0)
                        json_array_remove(rows, i);
}

static int show_run(struct context *ctx, void *data, struct error *err)
{
        const struct trust_args *args = data;
        AUTO_JSON json_t *rows = NULL;
        struct policy *policy;
        int rc = 0;

        if (policy_load(args->policy, &policy, err) < 0)
                return -1;
        if (!policy_json(policy))
                rc = error_set(err, ERROR_NOT_FOUND,
                               "there is no policy.json: every image is accepted");
        if (rc == 0 && args->raw) {
                AUTO_FREE char *text = json_dumps(policy_json(policy), JSON_INDENT(4));

                printf("%s\n", text);
        } else if (rc == 0) {
                rows = make_rows(policy_json(policy));
                if (ctx->argc > 0)
                        keep_matching(rows, ctx->argv[0]);
                rc = args->json ? template_print("json", rows, stdout, err) : print_rows(rows);
        }
        policy_free(policy);
        return rc;
}

const struct command cmd_image_trust_show = {
        .name = "image trust show",
        .synopsis = "[OPTIONS] [REGISTRY]",
        .summary = "Show which images may be used",
        .max_operands = 1,
        .args_size = sizeof(struct trust_args),
        .options = show_options,
        .run = show_run,
};

static int make_rules(const struct trust_args *args, json_t **rules_out, struct error *err)
{
        json_t *rule;

        if (!args->type || strcmp(args->type, "accept") == 0 || strcmp(args->type, "reject") == 0) {
                bool accept = args->type && strcmp(args->type, "accept") == 0;

                if (!args->type)
                        return error_set(err, ERROR_USAGE, "--type is missing");
                *rules_out =
                        json_pack("[{s:s}]", "type", accept ? "insecureAcceptAnything" : "reject");
                return 0;
        }
        if (strcmp(args->type, "sigstoreSigned") != 0)
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "--type %s is not supported: accept, reject and sigstoreSigned are",
                        args->type);
        if (args->keys.count == 0)
                return error_set(err, ERROR_USAGE, "--type sigstoreSigned needs --pubkeysfile");
        *rules_out = json_array();
        for (size_t i = 0; i < args->keys.count; i++) {
                AUTO_FREE char *path = path_absolute(args->keys.items[i]);

                rule = json_pack("{s:s, s:s, s:{s:s}}", "type", "sigstoreSigned", "keyPath", path,
                                 "signedIdentity", "type", "matchRepository");
                json_array_append_new(*rules_out, rule);
        }
        return 0;
}

static json_t *member(json_t *object, const char *key)
{
        json_t *found = json_object_get(object, key);

        if (!found) {
                found = json_object();
                json_object_set_new(object, key, found);
        }
        return found;
}

static int set_run(struct context *ctx, void *data, struct error *err)
{
        const struct trust_args *args = data;
        AUTO_FREE char *file = args->policy ? xstrdup(args->policy) : policy_own_file(err);
        AUTO_FREE char *dir = file ? xstrdup(file) : NULL;
        AUTO_JSON json_t *json = NULL;
        struct policy *policy;
        struct stat st;
        json_t *rules = NULL;

        if (!file || make_rules(args, &rules, err) < 0)
                return -1;
        if (policy_load(args->policy && stat(args->policy, &st) == 0 ? args->policy : NULL, &policy,
                        err) < 0) {
                json_decref(rules);
                return -1;
        }
        json = policy_json(policy)
                       ? json_deep_copy(policy_json(policy))
                       : json_pack("{s:[{s:s}]}", "default", "type", "insecureAcceptAnything");
        policy_free(policy);
        if (strcmp(ctx->argv[0], "default") == 0)
                json_object_set_new(json, "default", rules);
        else
                json_object_set_new(member(member(json, "transports"), "docker"), ctx->argv[0],
                                    rules);
        if (strrchr(dir, '/'))
                *strrchr(dir, '/') = '\0';
        if (strcmp(dir, file) != 0 && path_make_dirs(dir, 0755, err) < 0)
                return -1;
        return json_write_file(AT_FDCWD, file, json, 0644, err);
}

const struct command cmd_image_trust_set = {
        .name = "image trust set",
        .synopsis = "[OPTIONS] REGISTRY",
        .summary = "Say which images may be used",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct trust_args),
        .options = set_options,
        .run = set_run,
};
