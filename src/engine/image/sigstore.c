/* Checking sigstore signatures. The payload that was signed ("simple signing", JSON) names the
 * manifest's digest and the reference it was signed for; both are believed only once the signature
 * is good. The cryptography is OpenSSL's libcrypto, opened on demand. */
#include "engine/image/sigstore.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/image/reference.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>

#define SIGNATURES_MAX    64
#define PAYLOAD_MAX       ((size_t)256 << 10)
#define PAYLOAD_TYPE      "application/vnd.dev.cosign.simplesigning.v1+json"
#define SIGNATURE_KEY     "dev.cosignproject.cosign/signature"
#define SIGNATURE_SUBJECT "cosign container image signature"

/* What is used of libcrypto; its types stay opaque. */
struct crypto {
        void *(*BIO_new_mem_buf)(const void *data, int len);
        int (*BIO_free)(void *bio);
        void *(*PEM_read_bio_PUBKEY)(void *bio, void **key, void *callback, void *user);
        void (*EVP_PKEY_free)(void *key);
        void *(*EVP_MD_CTX_new)(void);
        void (*EVP_MD_CTX_free)(void *ctx);
        const void *(*EVP_sha256)(void);
        int (*EVP_DigestVerifyInit)(void *ctx, void **key_ctx, const void *type, void *engine,
                                    void *key);
        int (*EVP_DigestVerify)(void *ctx, const unsigned char *signature, size_t signature_len,
                                const unsigned char *data, size_t len);
};

#define SYMBOL(name)                                                                               \
        {                                                                                          \
#name, offsetof(struct crypto, name)                                               \
        }

static const struct {
        const char *name;
        size_t offset;
} symbols[] = { SYMBOL(BIO_new_mem_buf),     SYMBOL(BIO_free),
                SYMBOL(PEM_read_bio_PUBKEY), SYMBOL(EVP_PKEY_free),
                SYMBOL(EVP_MD_CTX_new),      SYMBOL(EVP_MD_CTX_free),
                SYMBOL(EVP_sha256),          SYMBOL(EVP_DigestVerifyInit),
                SYMBOL(EVP_DigestVerify) };

static int load_crypto(struct crypto *crypto, struct error *err)
{
        void *library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);

        if (!library) {
                error_set(err, ERROR_NOT_FOUND,
                          "OpenSSL 3 is not installed, it is needed to check signatures");
                return error_cure(err, "install it: sudo apt-get install libssl3");
        }
        for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
                void *address = dlsym(library, symbols[i].name);

                if (!address)
                        return error_set(err, ERROR_UNSUPPORTED, "this libcrypto has no %s",
                                         symbols[i].name);
                *(void **)(void *)((char *)crypto + symbols[i].offset) = address;
        }
        return 0;
}

int sigstore_verify(const char *pem, size_t pem_len, const void *signature, size_t signature_len,
                    const void *data, size_t len, struct error *err)
{
        struct crypto c;
        void *bio, *key, *ctx;
        int rc = 0;

        if (load_crypto(&c, err) < 0)
                return -1;
        bio = c.BIO_new_mem_buf(pem, (int)pem_len);
        key = c.PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
        (void)c.BIO_free(bio);
        if (!key)
                return error_set(err, ERROR_INVALID, "the key is not a public key in PEM");
        ctx = c.EVP_MD_CTX_new();
        if (c.EVP_DigestVerifyInit(ctx, NULL, c.EVP_sha256(), NULL, key) == 1)
                rc = c.EVP_DigestVerify(ctx, signature, signature_len, data, len) == 1;
        c.EVP_MD_CTX_free(ctx);
        c.EVP_PKEY_free(key);
        return rc;
}

/* The keys of a rule, each as PEM. */
static int add_key_file(struct strv *keys, const char *path, struct error *err)
{
        AUTO_FREE char *pem = NULL;

        if (fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &pem, NULL, err) < 0)
                return error_context(err, "its key");
        strv_add(keys, pem);
        return 0;
}

static int add_key_data(struct strv *keys, const char *text, struct error *err)
{
        size_t len;
        char *pem = base64_decode(text, &len);

        if (!pem)
                return error_set(err, ERROR_INVALID, "its keyData is not base64");
        strv_take(keys, pem);
        return 0;
}

static int load_keys(const json_t *rule, struct strv *keys, struct error *err)
{
        const char *path = json_get_string(rule, "keyPath", NULL);
        const char *data = json_get_string(rule, "keyData", NULL);
        AUTO(strv) paths = { 0 };
        AUTO(strv) datas = { 0 };

        if (path)
                strv_add(&paths, path);
        if (data)
                strv_add(&datas, data);
        json_to_strv(json_object_get(rule, "keyPaths"), &paths);
        json_to_strv(json_object_get(rule, "keyDatas"), &datas);
        for (size_t i = 0; i < paths.count; i++)
                if (add_key_file(keys, paths.items[i], err) < 0)
                        return -1;
        for (size_t i = 0; i < datas.count; i++)
                if (add_key_data(keys, datas.items[i], err) < 0)
                        return -1;
        return keys->count ? 0 : error_set(err, ERROR_INVALID, "its rule names no key");
}

/* "repository" of a reference: without tag and digest. The caller frees; NULL when it is none. */
static char *repository_of(const char *text)
{
        AUTO(reference) ref = { 0 };

        if (reference_parse(text, &ref, NULL) < 0 || !ref.registry)
                return NULL;
        return xasprintf("%s/%s", ref.registry, ref.path);
}

static bool same_repository(const char *a, const char *b)
{
        AUTO_FREE char *x = repository_of(a);
        AUTO_FREE char *y = repository_of(b);

        return x && y && strcmp(x, y) == 0;
}

/* The image's name with a prefix replaced (remapIdentity). */
static char *remapped(const json_t *identity, const char *name)
{
        const char *prefix = json_get_string(identity, "prefix", "");
        const char *signed_prefix = json_get_string(identity, "signedPrefix", "");
        size_t len = strlen(prefix);

        if (len > 0 && strncmp(name, prefix, len) == 0 &&
            (name[len] == '\0' || strchr("/:@", name[len])))
                return xasprintf("%s%s", signed_prefix, name + len);
        return xstrdup(name);
}

/* Was it signed under a name that the rule allows for this image? (signedIdentity; by default
 * matchRepoDigestOrExact.) */
static bool identity_matches(const json_t *rule, const char *name, const char *signed_name)
{
        const json_t *identity = json_object_get(rule, "signedIdentity");
        const char *type = json_get_string(identity, "type", "matchRepoDigestOrExact");
        AUTO_FREE char *mapped = NULL;

        if (strcmp(type, "exactReference") == 0)
                return strcmp(json_get_string(identity, "dockerReference", ""), signed_name) == 0;
        if (strcmp(type, "exactRepository") == 0)
                return same_repository(json_get_string(identity, "dockerRepository", ""),
                                       signed_name);
        if (strcmp(type, "matchRepository") == 0)
                return same_repository(name, signed_name);
        if (strcmp(type, "remapIdentity") == 0) {
                mapped = remapped(identity, name);
                name = mapped;
                type = "matchRepoDigestOrExact";
        }
        if (strcmp(type, "matchRepoDigestOrExact") == 0 && strchr(name, '@'))
                return same_repository(name, signed_name);
        return (strcmp(type, "matchExact") == 0 || strcmp(type, "matchRepoDigestOrExact") == 0) &&
               strcmp(name, signed_name) == 0;
}

static int payload_matches(const json_t *rule, const char *name, const char *digest,
                           const char *payload, size_t len, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        const json_t *critical;
        const char *signed_name;

        if (json_parse(payload, len, "the signed payload", &json, err) < 0)
                return -1;
        critical = json_object_get(json, "critical");
        signed_name =
                json_get_string(json_object_get(critical, "identity"), "docker-reference", "");
        if (strcmp(json_get_string(critical, "type", ""), SIGNATURE_SUBJECT) != 0)
                return error_set(err, ERROR_DENIED, "what was signed is no image");
        if (strcmp(json_get_string(json_object_get(critical, "image"), "docker-manifest-digest",
                                   ""),
                   digest) != 0)
                return error_set(err, ERROR_DENIED, "its signature is for another image");
        if (!identity_matches(rule, name, signed_name))
                return error_set(err, ERROR_DENIED, "its signature is for the name %.200s",
                                 signed_name);
        return 0;
}

struct attachment {
        const json_t *rule;
        const char *name, *digest;
        const struct strv *keys;
        struct source *source;
};

/* One layer of the signature's manifest: its blob is the payload, an annotation the signature. */
static int check_one(const struct attachment *a, const json_t *layer, struct error *err)
{
        const char *encoded =
                json_get_string(json_object_get(layer, "annotations"), SIGNATURE_KEY, NULL);
        size_t signature_len, len;
        AUTO_FREE char *signature = encoded ? base64_decode(encoded, &signature_len) : NULL;
        AUTO_FREE char *payload = NULL;
        struct digest digest;

        if (strcmp(json_get_string(layer, "mediaType", ""), PAYLOAD_TYPE) != 0 || !signature)
                return error_set(err, ERROR_DENIED, "its signature is not understood");
        if (digest_parse(json_get_string(layer, "digest", ""), &digest, err) < 0 ||
            source_blob(a->source, &digest, PAYLOAD_MAX, &payload, &len, err) < 0)
                return -1;
        for (size_t i = 0; i < a->keys->count; i++) {
                int good = sigstore_verify(a->keys->items[i], strlen(a->keys->items[i]), signature,
                                           signature_len, payload, len, err);

                if (good < 0)
                        return -1;
                if (good)
                        return payload_matches(a->rule, a->name, a->digest, payload, len, err);
        }
        return error_set(err, ERROR_DENIED, "its signature is not by the key of the rule");
}

static int check_all(const struct attachment *a, struct error *err)
{
        AUTO_FREE char *tag = xasprintf("sha256-%s.sig", a->digest + strlen("sha256:"));
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *json = NULL;
        size_t len, i;
        json_t *layer;

        if (source_manifest(a->source, tag, &text, &len, NULL, err) < 0)
                return err->kind == ERROR_NOT_FOUND
                               ? error_set(err, ERROR_DENIED, "it has no signature")
                               : -1;
        if (json_parse(text, len, "the signatures", &json, err) < 0)
                return -1;
        error_set(err, ERROR_DENIED, "it has no signature");
        json_array_foreach (json_object_get(json, "layers"), i, layer) {
                if (i >= SIGNATURES_MAX)
                        break;
                if (check_one(a, layer, err) == 0)
                        return 0;
        }
        return -1;
}

int sigstore_check(const json_t *rule, const char *name, struct source *source,
                   const char *manifest, size_t len, struct error *err)
{
        AUTO(strv) keys = { 0 };
        struct attachment attachment = {
                .rule = rule, .name = name, .keys = &keys, .source = source
        };
        struct digest digest;

        if (!source)
                return error_set(err, ERROR_DENIED, "it has no signature");
        digest_of(manifest, len, &digest);
        attachment.digest = digest.text;
        if (load_keys(rule, &keys, err) < 0)
                return -1;
        return check_all(&attachment, err);
}
