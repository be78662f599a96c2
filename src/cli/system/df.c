/* kelp system df: what takes the store's space, to the byte. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "cli/image/image_json.h"
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/container/volumes.h"
#include "engine/image/collect.h"
#include "engine/state/usage.h"

#include <stdio.h>
#include <string.h>

struct df_args {
        bool verbose;
        const char *format;
};
#define OPT_ARGS struct df_args

static const struct opt df_options[] = {
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('v', "verbose", verbose, "Each image, container and volume"),
        { 0 },
};

struct df {
        struct usage usage;
        struct image_list images;
        struct container_list containers;
        struct holders holders;
};

static void df_release(struct df *df)
{
        usage_release(&df->usage);
        image_list_release(&df->images);
        container_list_release(&df->containers);
        holders_release(&df->holders);
}

/* Layers are kept once a mapping; all of them are the image's. */
static uint64_t layer_bytes(const struct df *df, const struct digest *diff_id)
{
        const struct usage *usage = &df->usage;
        uint64_t bytes = 0;

        for (size_t i = 0; i < usage->counts[USAGE_LAYERS]; i++)
                if (strncmp(usage->entries[USAGE_LAYERS][i].name, digest_hex(diff_id),
                            DIGEST_HEX_LEN) == 0)
                        bytes += usage->entries[USAGE_LAYERS][i].bytes;
        return bytes;
}

/* Does another image have one of these digests, too? */
static bool is_shared(const struct df *df, const struct image *image, const struct digest *digest,
                      bool blob)
{
        for (size_t i = 0; i < df->images.count; i++) {
                const struct image *other = &df->images.items[i];

                for (size_t l = 0; other != image && l < other->layer_count; l++)
                        if (digest_equal(blob ? &other->layers[l] : &other->diff_ids[l], digest))
                                return true;
        }
        return false;
}

static void image_bytes(const struct df *df, const struct image *image, uint64_t *shared,
                        uint64_t *unique)
{
        *shared = 0;
        *unique = usage_of(&df->usage, USAGE_BLOBS, digest_hex(&image->manifest)) +
                  usage_of(&df->usage, USAGE_BLOBS, digest_hex(&image->config_digest));
        for (size_t i = 0; i < image->layer_count; i++) {
                uint64_t files = layer_bytes(df, &image->diff_ids[i]);
                uint64_t blob = usage_of(&df->usage, USAGE_BLOBS, digest_hex(&image->layers[i]));

                *(is_shared(df, image, &image->diff_ids[i], false) ? shared : unique) += files;
                *(is_shared(df, image, &image->layers[i], true) ? shared : unique) += blob;
        }
}

struct row {
        const char *type;
        size_t total, active;
        uint64_t size, reclaimable;
};

/* Is it of an image that a container has? */
static bool is_active(const struct df *df, const char *hex, bool blob)
{
        for (size_t i = 0; i < df->images.count; i++) {
                const struct image *image = &df->images.items[i];

                if (!holders_find(&df->holders, image->id))
                        continue;
                if (blob && (strcmp(digest_hex(&image->manifest), hex) == 0 ||
                             strcmp(digest_hex(&image->config_digest), hex) == 0))
                        return true;
                for (size_t l = 0; l < image->layer_count; l++)
                        if (strncmp(digest_hex(blob ? &image->layers[l] : &image->diff_ids[l]), hex,
                                    DIGEST_HEX_LEN) == 0)
                                return true;
        }
        return false;
}

static uint64_t inactive_bytes(const struct df *df, enum usage_class class)
{
        uint64_t bytes = 0;

        for (size_t i = 0; i < df->usage.counts[class]; i++) {
                const struct usage_entry *entry = &df->usage.entries[class][i];

                if (!is_active(df, entry->name, class == USAGE_BLOBS) ||
                    (class == USAGE_LAYERS &&
                     collect_is_spare_copy(&df->holders.mappings, entry->name)))
                        bytes += entry->bytes;
        }
        return bytes;
}

static struct row images_row(const struct df *df)
{
        struct row row = { .type = "Images",
                           .total = df->images.count,
                           .size = df->usage.bytes[USAGE_LAYERS] + df->usage.bytes[USAGE_BLOBS] +
                                   df->usage.bytes[USAGE_NAMES],
                           .reclaimable = inactive_bytes(df, USAGE_LAYERS) +
                                          inactive_bytes(df, USAGE_BLOBS) };

        for (size_t i = 0; i < df->images.count; i++)
                row.active += holders_find(&df->holders, df->images.items[i].id) != NULL;
        return row;
}

static struct row containers_row(const struct df *df)
{
        struct row row = { .type = "Containers",
                           .total = df->containers.count,
                           .size = df->usage.bytes[USAGE_CONTAINERS] };

        for (size_t i = 0; i < df->containers.count; i++) {
                const struct container *container = &df->containers.items[i];

                if (container->state.status == CONTAINER_RUNNING)
                        row.active++;
                else
                        row.reclaimable += usage_of(&df->usage, USAGE_CONTAINERS, container->id);
        }
        return row;
}

static size_t links_of(const struct df *df, const char *volume)
{
        AUTO(strv) ids = { 0 };

        volume_users(&df->containers, volume, &ids);
        return ids.count;
}

static struct row volumes_row(const struct df *df)
{
        const struct usage *usage = &df->usage;
        struct row row = { .type = usage_class_name(USAGE_VOLUMES),
                           .total = usage->counts[USAGE_VOLUMES],
                           .size = usage->bytes[USAGE_VOLUMES] };

        for (size_t i = 0; i < usage->counts[USAGE_VOLUMES]; i++) {
                const struct usage_entry *entry = &usage->entries[USAGE_VOLUMES][i];

                if (links_of(df, entry->name))
                        row.active++;
                else
                        row.reclaimable += entry->bytes;
        }
        return row;
}

static int volumes_of(const struct container_spec *spec)
{
        int count = 0;

        for (size_t i = 0; i < spec->mount_count; i++)
                count += spec->mounts[i].kind == MOUNT_VOLUME;
        return count;
}

static struct row class_row(const struct df *df, enum usage_class class, bool reclaimable)
{
        return (struct row){ .type = usage_class_name(class),
                             .total = df->usage.counts[class],
                             .size = df->usage.bytes[class],
                             .reclaimable = reclaimable ? df->usage.bytes[class] : 0 };
}

#define ROWS 8

/* podman's three, then everything else, so that the sum is what du finds. */
static void make_rows(const struct df *df, struct row rows[ROWS])
{
        rows[0] = images_row(df);
        rows[1] = containers_row(df);
        rows[2] = volumes_row(df);
        rows[3] = class_row(df, USAGE_PODS, false);
        rows[4] = class_row(df, USAGE_PARTIAL, true);
        rows[5] = class_row(df, USAGE_CACHE, false);
        rows[6] = class_row(df, USAGE_STAGING, false);
        rows[7] = class_row(df, USAGE_STORE, false);
}

static unsigned percent(const struct row *row)
{
        return row->size ? (unsigned)(row->reclaimable * 100 / row->size) : 0;
}

static int print_rows(const struct row rows[ROWS])
{
        AUTO(table) table = { .columns = 5 };

        strv_add_array(&table.cells, (const char *const[]){ "TYPE", "TOTAL", "ACTIVE", "SIZE",
                                                            "RECLAIMABLE", NULL });
        for (size_t i = 0; i < ROWS; i++) {
                AUTO_FREE char *reclaimable = human_size_short(rows[i].reclaimable, 4);

                strv_add(&table.cells, rows[i].type);
                strv_addf(&table.cells, "%zu", rows[i].total);
                strv_addf(&table.cells, "%zu", rows[i].active);
                strv_take(&table.cells, human_size_short(rows[i].size, 4));
                strv_addf(&table.cells, "%s (%u%%)", reclaimable, percent(&rows[i]));
        }
        table_print(&table, stdout);
        return 0;
}

static int print_format(const char *format, const struct row rows[ROWS], struct error *err)
{
        AUTO_JSON json_t *json = json_array();
        bool plain = template_asks_json(format);

        for (size_t i = 0; i < ROWS; i++) {
                AUTO_FREE char *size = human_size_short(rows[i].size, 4);
                AUTO_FREE char *bytes = human_size_short(rows[i].reclaimable, 4);
                AUTO_FREE char *reclaimable = xasprintf("%s (%u%%)", bytes, percent(&rows[i]));
                json_t *row = json_pack("{s:s, s:i, s:i, s:I, s:I}", "Type", rows[i].type, "Total",
                                        (int)rows[i].total, "Active", (int)rows[i].active,
                                        "RawSize", (json_int_t)rows[i].size, "RawReclaimable",
                                        (json_int_t)rows[i].reclaimable);

                json_set_string(row, "Size", size);
                json_set_string(row, "Reclaimable", reclaimable);
                if (plain)
                        json_object_set_new(row, "TotalCount", json_integer((int)rows[i].total));
                json_array_append_new(json, row);
        }
        return template_print(format, json, stdout, err);
}

static int count_of(const struct df *df, const char *id)
{
        int count = 0;

        for (size_t i = 0; i < df->holders.image_ids.count; i++)
                count += strcmp(df->holders.image_ids.items[i], id) == 0;
        return count;
}

static void print_images(const struct df *df)
{
        AUTO(table) table = { .columns = 8 };

        strv_add_array(&table.cells,
                       (const char *const[]){ "REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE",
                                              "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS", NULL });
        for (size_t i = 0; i < df->images.count; i++) {
                const struct image *image = &df->images.items[i];
                AUTO_FREE char *repository = NULL;
                AUTO_FREE char *tag = NULL;
                uint64_t shared, unique;

                image_bytes(df, image, &shared, &unique);
                image_split_name(image->names.count ? image->names.items[0] : NULL, &repository,
                                 &tag);
                strv_add(&table.cells, repository);
                strv_add(&table.cells, tag);
                strv_addf(&table.cells, "%.12s", image->id);
                strv_take(&table.cells, human_duration((int64_t)(time(NULL) - image->created)));
                strv_take(&table.cells, human_size_short(shared + unique, 4));
                strv_take(&table.cells, human_size_short(shared, 4));
                strv_take(&table.cells, human_size_short(unique, 4));
                strv_addf(&table.cells, "%d", count_of(df, image->id));
        }
        printf("Images space usage:\n\n");
        table_print(&table, stdout);
}

static void print_containers(const struct df *df)
{
        AUTO(table) table = { .columns = 8 };

        strv_add_array(&table.cells,
                       (const char *const[]){ "CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES",
                                              "SIZE", "CREATED", "STATUS", "NAMES", NULL });
        for (size_t i = 0; i < df->containers.count; i++) {
                const struct container *c = &df->containers.items[i];
                int64_t age = (int64_t)time(NULL) - c->spec.created_ns / 1000000000;

                strv_addf(&table.cells, "%.12s", c->id);
                strv_addf(&table.cells, "%.12s", c->spec.image_id);
                strv_add(&table.cells, c->spec.args.count ? c->spec.args.items[0] : "");
                strv_addf(&table.cells, "%d", volumes_of(&c->spec));
                strv_take(&table.cells,
                          human_size_short(usage_of(&df->usage, USAGE_CONTAINERS, c->id), 4));
                strv_take(&table.cells, human_duration(age));
                strv_add(&table.cells, container_status_name(&c->state));
                strv_add(&table.cells, c->spec.name);
        }
        printf("\nContainers space usage:\n\n");
        table_print(&table, stdout);
}

static void print_volumes(const struct df *df)
{
        const struct usage *usage = &df->usage;
        AUTO(table) table = { .columns = 3 };

        strv_add_array(&table.cells, (const char *const[]){ "VOLUME NAME", "LINKS", "SIZE", NULL });
        for (size_t i = 0; i < usage->counts[USAGE_VOLUMES]; i++) {
                strv_add(&table.cells, usage->entries[USAGE_VOLUMES][i].name);
                strv_addf(&table.cells, "%zu", links_of(df, usage->entries[USAGE_VOLUMES][i].name));
                strv_take(&table.cells,
                          human_size_short(usage->entries[USAGE_VOLUMES][i].bytes, 4));
        }
        printf("\nLocal Volumes space usage:\n\n");
        table_print(&table, stdout);
}

static int measure(const struct context *ctx, struct df *df, struct error *err)
{
        if (usage_measure(&ctx->store, &df->usage, err) < 0 ||
            image_list_load(&ctx->store, &df->images, err) < 0 ||
            container_list_load(&ctx->store, &df->containers, err) < 0)
                return -1;
        for (size_t i = 0; i < df->images.count; i++)
                (void)image_fill(&ctx->store, &df->images.items[i], NULL); /* damaged: no layers */
        holders_load(&ctx->store, &df->holders);
        return 0;
}

static int df_run(struct context *ctx, void *data, struct error *err)
{
        const struct df_args *args = data;
        AUTO(df) df = { 0 };
        struct row rows[ROWS];

        if (args->verbose && args->format)
                return error_set(err, ERROR_USAGE, "--verbose and --format do not go together");
        if (measure(ctx, &df, err) < 0)
                return -1;
        make_rows(&df, rows);
        if (args->format)
                return print_format(args->format, rows, err);
        if (!args->verbose)
                return print_rows(rows);
        print_images(&df);
        print_containers(&df);
        print_volumes(&df);
        return 0;
}

const struct command cmd_system_df = {
        .name = "system df",
        .synopsis = "[OPTIONS]",
        .summary = "Show what takes the store's space",
        .needs = NEEDS_STORE | NEEDS_USERNS,
        .args_size = sizeof(struct df_args),
        .options = df_options,
        .run = df_run,
};
