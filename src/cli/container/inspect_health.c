/* Health in inspect. See inspect_health.h. */
#include "cli/container/inspect_health.h"

#include "engine/container/health_state.h"

void inspect_health_state(const struct container *container, json_t *json)
{
        struct health_config config;
        struct health_state state;
        json_t *health;

        if (!health_config_of(&container->spec, &config)) {
                json_object_set_new(
                        json, "Health",
                        json_pack("{s:s, s:i, s:n}", "Status", "", "FailingStreak", 0, "Log"));
                return;
        }
        health_state_read(container->dir_fd, container->state.started_ns, &config, &state);
        health = health_state_json(&state);
        health_state_release(&state);
        json_object_set(json, "Health", health);
        json_object_set_new(json, "Healthcheck", health);
}

static json_t *probe_json(const struct health_probe *probe)
{
        json_t *json = json_object();

        json_object_set_new(json, "Test", json_deep_copy(probe->test));
        json_object_set_new(json, "Interval", json_integer(probe->interval_ns));
        json_object_set_new(json, "Timeout", json_integer(probe->timeout_ns));
        json_object_set_new(json, "Retries", json_integer(probe->retries));
        return json;
}

/* The limits of the log have two names: podman's JSON has the longer one, its templates the other.
 */
void inspect_health_config(const struct container_spec *spec, json_t *json)
{
        struct health_config config;
        json_t *regular, *startup;

        if (!health_config_of(spec, &config))
                return;
        regular = probe_json(&config.regular);
        json_object_set_new(regular, "StartPeriod", json_integer(config.start_period_ns));
        if (config.start_interval_ns)
                json_object_set_new(regular, "StartInterval",
                                    json_integer(config.start_interval_ns));
        json_object_set_new(json, "Healthcheck", regular);
        if (config.startup.test) {
                startup = probe_json(&config.startup);
                json_object_set_new(startup, "Successes", json_integer(config.startup.successes));
                json_object_set_new(json, "StartupHealthCheck", startup);
        }
        json_set_string(json, "HealthcheckOnFailureAction", config.on_failure);
        json_set_string(json, "HealthLogDestination", config.log_destination);
        json_object_set_new(json, "HealthcheckMaxLogCount", json_integer(config.log_count));
        json_object_set_new(json, "HealthMaxLogCount", json_integer(config.log_count));
        json_object_set_new(json, "HealthcheckMaxLogSize", json_integer(config.log_size));
        json_object_set_new(json, "HealthMaxLogSize", json_integer(config.log_size));
}
