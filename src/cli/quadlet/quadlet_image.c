/* .image files: [Image] becomes `kelp pull`, done once. */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"

extern const struct command cmd_pull;

const struct quadlet_key quadlet_image_keys[] = {
        KEY_READ_ELSEWHERE("Image", NULL),
        KEY_READ_ELSEWHERE("ImageTag", NULL),
        KEY_READ_ELSEWHERE("ServiceName", NULL),
        KEY_READ_ELSEWHERE("GlobalArgs", NULL),
        KEY_READ_ELSEWHERE("PodmanArgs", NULL),
        KEY(KEY_LAST, "Arch", "arch"),
        KEY(KEY_LAST, "AuthFile", "authfile"),
        KEY(KEY_LAST, "CertDir", "cert-dir"),
        KEY(KEY_LAST, "Creds", "creds"),
        KEY(KEY_LAST, "OS", "os"),
        KEY(KEY_LAST, "Policy", "policy"),
        KEY(KEY_LAST, "Variant", "variant"),
        KEY(KEY_LAST, "Retry", "retry"),
        KEY(KEY_LAST, "RetryDelay", "retry-delay"),
        KEY(KEY_BOOL, "AllTags", "all-tags"),
        KEY(KEY_BOOL, "TLSVerify", "tls-verify"),
        KEY(KEY_LAST, "DecryptionKey", "decryption-key"),
        KEY_NOT_OFFERED("ContainersConfModule", "kelp has no --module"),
        { 0 },
};

int quadlet_convert_image(struct conversion *c, struct error *err)
{
        AUTO_FREE char *image = quadlet_value(c->quadlet, "Image");

        if (!image)
                return error_set(err, ERROR_INVALID, "no Image key specified");
        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add(&c->words, "pull");
        if (quadlet_keys_apply(c, quadlet_image_keys, &cmd_pull, err) < 0 ||
            quadlet_keys_arguments(c, &cmd_pull, err) < 0)
                return -1;
        strv_add(&c->words, image);
        quadlet_add_command(c, "ExecStart", "");
        quadlet_is_oneshot(c, true);
        return 0;
}
