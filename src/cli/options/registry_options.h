/* The options of every command that talks to a registry. */
#ifndef KELP_CLI_OPTIONS_REGISTRY_OPTIONS_H
#define KELP_CLI_OPTIONS_REGISTRY_OPTIONS_H

#include "cli/command.h"
#include "engine/image/pull.h"
#include "engine/image/push.h"

struct registry_args {
        const char *authfile, *creds, *cert_dir, *tls_verify, *retry_delay;
        struct opt_int retry;
};

/* In a command's table; `member` is its struct registry_args. */
#define REGISTRY_OPTIONS_IN(group, member)                                                         \
        OPT_STR_IN(group, 0, "authfile", member.authfile, "FILE", "Where the credentials are"),    \
                OPT_STR_IN(group, 0, "cert-dir", member.cert_dir, "DIRECTORY",                     \
                           "Certificates for the registry"),                                       \
                OPT_STR_IN(group, 0, "creds", member.creds, "USER:PASSWORD",                       \
                           "Credentials for the registry"),                                        \
                OPT_STR_IN(group, 0, "tls-verify", member.tls_verify, "BOOL",                      \
                           "false: accept any certificate, or plain HTTP")
#define REGISTRY_OPTIONS(member) REGISTRY_OPTIONS_IN(NULL, member)

/* what: "pull" or "push" */
#define RETRY_OPTIONS_IN(group, member, what)                                                      \
        OPT_INT_FROM_IN(group, 0, "retry", member.retry, "TIMES", "Retries when performing " what, \
                        "3"),                                                                      \
                OPT_STR_IN(group, 0, "retry-delay", member.retry_delay, "DURATION",                \
                           "Wait between " what " failures")
#define RETRY_OPTIONS(member, what) RETRY_OPTIONS_IN(NULL, member, what)

/* A file that was named with --authfile is there. */
int auth_file_check(const char *file, struct error *err);

/* Check and convert. */
int registry_options_read(const struct registry_args *args, const struct global_args *global,
                          struct registry_options *options_out, struct error *err);

/* --compression-format, --compression-level and --force-compression of what pushes. format NULL:
 * not said. */
int push_compression_read(const char *format, const struct opt_int *level, bool force,
                          struct push_options *options, struct error *err);

/* Signing is a step of its own: refused by name. */
#define SIGN_OPTIONS_REFUSED                                                                       \
        OPT_REFUSED(0, "sign-by", "kelp image sign does it"),                                      \
                OPT_REFUSED(0, "sign-by-sigstore", "sign the pushed digest with cosign"),          \
                OPT_REFUSED(0, "sign-by-sigstore-private-key",                                     \
                            "sign the pushed digest with cosign"),                                 \
                OPT_REFUSED(0, "sign-by-sq-fingerprint", "sign the pushed digest with cosign"),    \
                OPT_REFUSED(0, "sign-passphrase-file", "gpg-agent has the passphrase")

/* --os, --arch, --variant and --platform as one "os/arch[/variant]"; NULL: this machine's. The
 * caller frees. */
struct platform_args {
        const char *platform, *os, *arch, *variant;
};
#define PLATFORM_OPTIONS_IN(group, member)                                                         \
        OPT_STR_IN(group, 0, "arch", member.arch, "ARCH",                                          \
                   "Another processor than this machine's"),                                       \
                OPT_STR_IN(group, 0, "os", member.os, "OS", "Another system"),                     \
                OPT_STR_IN(group, 0, "platform", member.platform, "OS/ARCH",                       \
                           "Variant of the image"),                                                \
                OPT_STR_IN(group, 0, "variant", member.variant, "VARIANT",                         \
                           "Variant of the processor")
#define PLATFORM_OPTIONS(member) PLATFORM_OPTIONS_IN(NULL, member)

int platform_options_read(const struct platform_args *args, char **platform_out, struct error *err);

/* opt_parse_bool(), or ERROR_USAGE. */
int parse_bool(const char *text, const char *option, bool *out, struct error *err);

#endif
