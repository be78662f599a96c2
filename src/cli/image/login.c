/* kelp login, logout: credentials for registries. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "cli/global.h"
#include "cli/options/registry_options.h"
#include "engine/image/reference.h"
#include "engine/registry/auth.h"
#include "engine/registry/auth_store.h"
#include "engine/registry/client.h"
#include "engine/storage/secret.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct login_args {
        const char *authfile, *compat, *cert_dir, *tls_verify, *user, *password, *secret;
        bool password_stdin, get_login, explain, verbose;
};
#define OPT_ARGS struct login_args

static const struct opt login_options[] = {
        OPT_STR(0, "authfile", authfile, "FILE", "Where to keep the credentials"),
        OPT_STR(0, "cert-dir", cert_dir, "DIRECTORY", "Certificates for the registry"),
        OPT_STR(0, "compat-auth-file", compat, "FILE", "Keep them in a file of docker's"),
        OPT_BOOL(0, "explain", explain, "Show where credentials for a REFERENCE are looked for"),
        OPT_BOOL(0, "get-login", get_login, "Print the user that is logged in"),
        OPT_STR('p', "password", password, "PASSWORD", "Others can see it: better from stdin"),
        OPT_BOOL(0, "password-stdin", password_stdin, "Read the password from standard input"),
        OPT_STR(0, "secret", secret, "SECRET",
                "The secret with the password; its name is the user where none is given"),
        OPT_STR(0, "tls-verify", tls_verify, "BOOL",
                "false: accept any certificate, or plain HTTP"),
        OPT_STR('u', "username", user, "USER", "Who logs in"),
        OPT_BOOL('v', "verbose", verbose, "Also print which file was written"),
        { 0 },
};

/* "registry" or "registry/path", without scheme and slashes at the end. The caller frees. */
static char *clean_key(const char *text, struct error *err)
{
        const char *scheme = strstr(text, "://");
        char *key = xstrdup(scheme ? scheme + 3 : text);
        size_t len = strlen(key);

        while (len > 0 && key[len - 1] == '/')
                key[--len] = '\0';
        if (len > 0 && !strpbrk(key, " \t\r\n@"))
                return key;
        free(key);
        error_set(err, ERROR_USAGE, "\"%s\" is not the name of a registry", text);
        return NULL;
}

/* What only asks what is known takes no password. */
static int check_secret(const struct login_args *args, struct error *err)
{
        if (args->secret && (args->get_login || args->explain))
                return error_set(err, ERROR_USAGE, "--%s can not be used with --secret options",
                                 args->get_login ? "get-login" : "explain");
        return 0;
}

static int check_files(const char *authfile, const char *compat, struct error *err)
{
        if (authfile && compat)
                return error_set(err, ERROR_USAGE,
                                 "options for paths to the credential file and to the "
                                 "Docker-compatible credential file can not be set simultaneously");
        return 0;
}

/* What comes from a terminal, without showing it when it is secret. The caller frees. */
static char *ask(const char *prompt, bool secret, struct error *err)
{
        struct termios old, quiet;
        bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
        char line[1024];
        char *got;

        fputs(prompt, stderr);
        if (secret && terminal) {
                quiet = old;
                quiet.c_lflag &= ~(tcflag_t)ECHO;
                (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        }
        got = fgets(line, sizeof(line), stdin);
        if (secret && terminal) {
                (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
                fputs("\n", stderr);
        }
        if (!got) {
                error_set(err, ERROR_USAGE, "no %s was given", secret ? "password" : "user name");
                return NULL;
        }
        line[strcspn(line, "\r\n")] = '\0';
        got = xstrdup(line);
        explicit_bzero(line, sizeof(line));
        return got;
}

static int read_password(const struct login_args *args, char **out, struct error *err)
{
        size_t len;

        if (args->password_stdin) {
                if (args->password)
                        return error_set(err, ERROR_USAGE,
                                         "--password and --password-stdin do not go together");
                if (!args->user)
                        return error_set(err, ERROR_USAGE, "--password-stdin needs --username");
                if (fd_read_rest(STDIN_FILENO, LIMIT_TOKEN, out, &len, err) < 0)
                        return -1;
                while (len > 0 && strchr("\r\n", (*out)[len - 1]))
                        (*out)[--len] = '\0';
                return 0;
        }
        *out = args->password ? xstrdup(args->password) : ask("Password: ", true, err);
        return *out ? 0 : -1;
}

/* From --secret: the password, and the user where none was given. The caller frees both. */
static int read_secret(struct context *ctx, const struct login_args *args, char **user,
                       char **password, struct error *err)
{
        AUTO(secret) secret = { 0 };
        size_t len;

        if (args->password || args->password_stdin)
                return error_set(err, ERROR_USAGE, "--%s can not be used with --secret options",
                                 args->password ? "password" : "password-stdin");
        if (context_open_store(ctx, err) < 0 ||
            secret_lookup(&ctx->store, args->secret, &secret, err) < 0 ||
            secret_read(&ctx->store, secret.name, password, &len, err) < 0)
                return -1;
        if (strlen(*password) != len)
                return error_set(err, ERROR_INVALID,
                                 "secret %s is not a password: it has a zero byte", secret.name);
        *user = xstrdup(args->user ? args->user : secret.name);
        return 0;
}

static int read_credentials(struct context *ctx, const struct login_args *args, char **user,
                            char **password, struct error *err)
{
        if (args->secret)
                return read_secret(ctx, args, user, password, err);
        *user = args->user ? xstrdup(args->user) : ask("Username: ", false, err);
        return *user ? read_password(args, password, err) : -1;
}

static int ping(const struct login_args *args, const char *key, const char *creds,
                struct error *err)
{
        AUTO_FREE char *registry = xstrndup(key, strcspn(key, "/"));
        struct client_options options = { .creds = creds,
                                          .cert_dir = args->cert_dir,
                                          .tls_verify = -1 };
        struct client *client;
        bool verify;
        int rc;

        if (args->tls_verify) {
                if (parse_bool(args->tls_verify, "--tls-verify", &verify, err) < 0)
                        return -1;
                options.tls_verify = verify;
        }
        if (client_open(registry, key[strlen(registry)] ? key + strlen(registry) + 1 : "", &options,
                        &client, err) < 0)
                return -1;
        rc = client_ping(client, err);
        client_close(client);
        return rc;
}

/* Are the credentials that are there still good? 1: yes. */
static int try_existing(const struct login_args *args, const char *key, struct error *err)
{
        AUTO(credentials) have = { 0 };
        AUTO_FREE char *creds = NULL;

        if (args->user || args->password || args->password_stdin || args->secret)
                return 0;
        if (credentials_find(key, "", args->authfile ? args->authfile : args->compat, &have, NULL,
                             NULL) < 0 ||
            !have.user)
                return 0;
        printf("Authenticating with existing credentials for %s\n", key);
        creds = xasprintf("%s:%s", have.user, have.password);
        if (ping(args, key, creds, err) == 0) {
                printf("Existing credentials are valid. Already logged in to %s\n", key);
                return 1;
        }
        if (err->kind != ERROR_DENIED)
                return -1;
        printf("Existing credentials are invalid, please enter valid username and password\n");
        return 0;
}

/* ping() with credentials that were just given. */
static int prove(const struct login_args *args, const char *key, const char *creds,
                 struct error *err)
{
        int rc = ping(args, key, creds, err);

        if (rc < 0 && err->kind == ERROR_DENIED)
                error_set(err, ERROR_DENIED, "logging into \"%s\": invalid username/password", key);
        return rc;
}

static int login(struct context *ctx, const struct login_args *args, const char *key,
                 struct error *err)
{
        AUTO_FREE char *user = NULL;
        AUTO_FREE char *password = NULL;
        AUTO_FREE char *creds = NULL;
        AUTO_FREE char *file = NULL;
        int existing = try_existing(args, key, err);

        if (existing != 0)
                return existing < 0 ? -1 : 0;
        if (read_credentials(ctx, args, &user, &password, err) < 0)
                return -1;
        if (!user[0] || strchr(user, ':'))
                return error_set(err, ERROR_USAGE, "the user name is empty or has a colon");
        creds = xasprintf("%s:%s", user, password);
        file = auth_store_file(args->authfile, args->compat, err);
        if (!file || prove(args, key, creds, err) < 0 ||
            auth_store_put(file, key, user, password, err) < 0)
                return -1;
        if (args->verbose)
                printf("Used:  %s\n", file);
        printf("Login Succeeded!\n");
        return 0;
}

static int get_login(const struct login_args *args, const char *key, struct error *err)
{
        AUTO(credentials) have = { 0 };

        if (credentials_find(key, "", args->authfile ? args->authfile : args->compat, &have, NULL,
                             err) < 0)
                return -1;
        if (!have.user)
                return error_set(err, ERROR_NOT_FOUND, "not logged into %s", key);
        printf("%s\n", have.user);
        return 0;
}

/* Every place, in the order in which they are looked at, and who would be used. */
static int explain(const struct login_args *args, const char *text, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO(credentials) found = { 0 };
        AUTO(auth_trace) trace = { 0 };
        const char *registry, *path = "";
        int rc;

        if (strchr(text, '/') && reference_parse(text, &ref, err) < 0)
                return -1;
        registry = ref.registry ? ref.registry : strchr(text, '/') ? "docker.io" : text;
        if (ref.path)
                path = ref.path;
        rc = credentials_find(registry, path, args->authfile ? args->authfile : args->compat,
                              &found, &trace, err);
        for (size_t i = 0; i < trace.count; i++)
                printf("%s: %s\n", trace.items[i].place, trace.items[i].found);
        if (rc < 0)
                return -1;
        if (found.user)
                printf("%s is asked as \"%s\", from %s\n", registry, found.user, found.source);
        else
                printf("%s is asked without credentials\n", registry);
        return 0;
}

static int login_run(struct context *ctx, void *data, struct error *err)
{
        struct login_args *args = data;
        AUTO_FREE char *key = NULL;

        if (check_files(args->authfile, args->compat, err) < 0 || check_secret(args, err) < 0)
                return -1;
        if (!args->authfile && !args->compat)
                args->authfile = ctx->global.auth_file;
        if (args->explain)
                return explain(args, ctx->argv[0], err);
        key = clean_key(ctx->argv[0], err);
        if (!key)
                return -1;
        return args->get_login ? get_login(args, key, err) : login(ctx, args, key, err);
}

const struct command cmd_login = {
        .name = "login",
        .synopsis = "[OPTIONS] REGISTRY",
        .summary = "Keep credentials for a registry",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct login_args),
        .options = login_options,
        .run = login_run,
};

struct logout_args {
        const char *authfile, *compat;
        bool all;
};
#undef OPT_ARGS
#define OPT_ARGS struct logout_args

static const struct opt logout_options[] = {
        OPT_BOOL('a', "all", all, "Forget the credentials of all registries"),
        OPT_STR(0, "authfile", authfile, "FILE", "Where the credentials are"),
        OPT_STR(0, "compat-auth-file", compat, "FILE", "A file of docker's"),
        { 0 },
};

static int logout_one(const struct logout_args *args, const char *file, const char *text,
                      struct error *err)
{
        AUTO_FREE char *key = clean_key(text, err);
        AUTO(credentials) other = { 0 };
        bool removed = false;

        if (!key || auth_store_remove(file, key, &removed, err) < 0)
                return -1;
        if (removed) {
                printf("Removed login credentials for %s\n", key);
                return 0;
        }
        if (!args->authfile && !args->compat &&
            credentials_find(key, "", NULL, &other, NULL, NULL) == 0 && other.user) {
                error_set(err, ERROR_NOT_FOUND, "not logged into %s with %s; %s has credentials",
                          key, file, other.source);
                return error_cure(err, "kelp logout --authfile %s %s", other.source, key);
        }
        return error_set(err, ERROR_NOT_FOUND, "not logged into %s", key);
}

static int logout_run(struct context *ctx, void *data, struct error *err)
{
        struct logout_args *args = data;
        AUTO_FREE char *file = NULL;

        if (check_files(args->authfile, args->compat, err) < 0 ||
            (args->authfile && auth_file_check(args->authfile, err) < 0))
                return -1;
        if (!args->authfile && !args->compat)
                args->authfile = ctx->global.auth_file;
        file = auth_store_file(args->authfile, args->compat, err);
        if (!file)
                return -1;
        if (args->all == (ctx->argc > 0))
                return error_set(err, ERROR_USAGE, "kelp logout needs a registry, or --all");
        if (!args->all)
                return logout_one(args, file, ctx->argv[0], err);
        if (auth_store_clear(file, err) < 0)
                return -1;
        printf("Removed login credentials for all registries\n");
        return 0;
}

const struct command cmd_logout = {
        .name = "logout",
        .synopsis = "[OPTIONS] [REGISTRY]",
        .summary = "Forget the credentials for a registry",
        .max_operands = 1,
        .args_size = sizeof(struct logout_args),
        .options = logout_options,
        .run = logout_run,
};
