/* The state of health and its file. See health_state.h.
 *
 * The file says which run it is about (the time of the start), so that a start has nothing to
 * reset: a file of an earlier run reads as fresh.
 */
#include "engine/container/health_state.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/container/state.h"

#include <assert.h>
#include <string.h>

/* Every entry at its ceiling, each byte of its output escaped. */
#define FILE_MAX ((size_t)HEALTH_LOG_COUNT_MAX * (HEALTH_LOG_SIZE_MAX * 6 + 256))

static const char *const names[] = {
        [HEALTH_STARTING] = "starting",
        [HEALTH_HEALTHY] = "healthy",
        [HEALTH_UNHEALTHY] = "unhealthy",
        [HEALTH_STOPPED] = "stopped",
};
static_assert(ARRAY_SIZE(names) == HEALTH_STATUS_COUNT, "a name for each status");

void health_state_release(struct health_state *state)
{
        json_decref(state->log);
        *state = HEALTH_STATE_EMPTY;
}

const char *health_status_name(enum health_status status)
{
        return names[status];
}

static void step_startup(struct health_state *state, const struct health_probe *startup, bool good)
{
        if (!good) {
                state->startup_good = 0;
                state->startup_bad++;
                state->restart = startup->retries > 0 && state->startup_bad >= startup->retries;
                return;
        }
        state->startup_good++;
        if (state->startup_good < startup->successes)
                return;
        state->startup_passed = true;
        state->status = HEALTH_HEALTHY;
}

bool health_state_step(struct health_state *state, const struct health_config *config, bool good,
                       int64_t started_ns, int64_t now_ns)
{
        state->restart = false;
        if (!state->startup_passed) {
                step_startup(state, &config->startup, good);
                return state->restart;
        }
        if (good) {
                state->status = HEALTH_HEALTHY;
                state->streak = 0;
                return false;
        }
        if (now_ns - started_ns < config->start_period_ns)
                return false;
        if (state->streak < LIMIT_HEALTH_RETRIES)
                state->streak++;
        if (state->streak >= config->regular.retries)
                state->status = HEALTH_UNHEALTHY;
        if (state->status != HEALTH_UNHEALTHY)
                return false;
        state->restart = strcmp(config->on_failure, "restart") == 0;
        return strcmp(config->on_failure, "none") != 0;
}

int64_t health_state_delay(const struct health_state *state, const struct health_config *config,
                           int64_t started_ns, int64_t now_ns)
{
        int64_t delay = config->regular.interval_ns;

        if (!state->startup_passed)
                delay = config->startup.interval_ns;
        else if (config->start_interval_ns > 0 && state->status == HEALTH_STARTING &&
                 now_ns - started_ns < config->start_period_ns)
                delay = config->start_interval_ns;
        return delay > 0 ? delay : -1;
}

void health_state_log(struct health_state *state, const struct health_config *config, json_t *entry)
{
        size_t most = config->log_count > 0 && config->log_count < HEALTH_LOG_COUNT_MAX
                              ? (size_t)config->log_count
                              : HEALTH_LOG_COUNT_MAX;

        if (!state->log)
                state->log = json_array();
        json_array_append_new(state->log, entry);
        while (json_array_size(state->log) > most)
                json_array_remove(state->log, 0);
}

static void fill(struct health_state *state, const json_t *json)
{
        const char *status = json_get_string(json, "Status", "");
        json_t *log = json_object_get(json, "Log");

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], status) == 0)
                        state->status = (enum health_status)i;
        state->streak = (int)json_get_int(json, "FailingStreak", 0);
        state->startup_passed |= json_get_bool(json, "startup_passed", false);
        state->startup_good = (int)json_get_int(json, "startup_good", 0);
        state->startup_bad = (int)json_get_int(json, "startup_bad", 0);
        state->restart = json_get_bool(json, "restart", false);
        if (json_is_array(log))
                state->log = json_incref(log);
}

void health_state_read(int dir_fd, int64_t started_ns, const struct health_config *config,
                       struct health_state *state_out)
{
        AUTO_JSON json_t *json = NULL;

        *state_out = HEALTH_STATE_EMPTY;
        state_out->startup_passed = config->startup.test == NULL;
        if (json_read_file(dir_fd, "health", FILE_MAX, &json, NULL) == 0 &&
            json_get_int(json, "started", 0) == started_ns)
                fill(state_out, json);
}

json_t *health_state_json(const struct health_state *state)
{
        json_t *json = json_pack("{s:s, s:i}", "Status", names[state->status], "FailingStreak",
                                 state->streak);

        json_object_set_new(json, "Log", state->log ? json_incref(state->log) : json_null());
        return json;
}

int health_state_write(int dir_fd, int64_t started_ns, const struct health_state *state,
                       struct error *err)
{
        AUTO_JSON json_t *json = health_state_json(state);

        json_object_set_new(json, "started", json_integer(started_ns));
        json_object_set_new(json, "startup_passed", json_boolean(state->startup_passed));
        json_object_set_new(json, "startup_good", json_integer(state->startup_good));
        json_object_set_new(json, "startup_bad", json_integer(state->startup_bad));
        json_object_set_new(json, "restart", json_boolean(state->restart));
        return json_write_file(dir_fd, "health", json, 0600, err);
}

const char *health_of(const struct container *container)
{
        struct health_config config;
        struct health_state state;
        const char *name;

        if (!health_config_of(&container->spec, &config))
                return "";
        health_state_read(container->dir_fd, container->state.started_ns, &config, &state);
        name = names[state.status];
        health_state_release(&state);
        return name;
}

bool health_asks_restart(const struct container *container)
{
        struct health_config config;
        struct health_state state;
        bool asks;

        if (!health_config_of(&container->spec, &config))
                return false;
        health_state_read(container->dir_fd, container->state.started_ns, &config, &state);
        asks = state.restart;
        health_state_release(&state);
        return asks;
}
