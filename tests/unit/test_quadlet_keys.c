/* layer: cli */
/* What each key of a Quadlet file becomes in the unit: a row for every key of the tables, which
 * have to be as many. */
#include "unit.h"

#include "base/alloc.h"
#include "cli/quadlet/quadlet_convert.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
        const char *key, *value;
        const char *flags; /* of the command, and no others */
        const char *line;  /* of the unit; neither: the key is refused by name */
};

#define FLAGS(key, value, flags)                                                                   \
        {                                                                                          \
                (key), (value), (flags), NULL                                                      \
        }
#define LINE(key, value, line)                                                                     \
        {                                                                                          \
                (key), (value), NULL, (line)                                                       \
        }
#define REFUSED(key, value)                                                                        \
        {                                                                                          \
                (key), (value), NULL, NULL                                                         \
        }

#define BUILD "/kelp --cgroup-manager=cgroupfs build "

static const struct row container_rows[] = {
        LINE("Image", "y", "ExecStart=/kelp run --name systemd-f --replace --rm --cgroups split y"),
        LINE("Rootfs", "/r\nImage=",
             "ExecStart=/kelp run --name systemd-f --replace --rm --cgroups split --rootfs /r"),
        LINE("Exec", "a \"b c\" \\x41",
             "ExecStart=/kelp run --name systemd-f --replace --rm --cgroups split x a \"b c\" A"),
        LINE("ContainerName", "c", "ExecStop=/kelp rm -v -f -i c"),
        LINE("ServiceName", "s", "ExecStop=/kelp rm -v -f -i systemd-s"),
        LINE("GlobalArgs", "--log-level=debug",
             "ExecStop=/kelp --log-level=debug rm -v -f -i systemd-f"),
        FLAGS("PodmanArgs", "--memory=1m --rm", "--memory=1m --rm"),
        LINE("ReloadCmd", "sh -c \"a b\"", "ExecReload=/kelp exec systemd-f sh -c \"a b\""),
        LINE("ReloadSignal", "HUP", "ExecReload=/kelp kill --signal HUP systemd-f"),
        LINE("CgroupsMode", "no-conmon",
             "ExecStart=/kelp run --name systemd-f --replace --rm --cgroups no-conmon x"),
        FLAGS("Group", "2\nUser=1", "--user 1:2"),
        LINE("StartWithPod", "no",
             "ExecStart=/kelp run --name systemd-f --replace --rm --cgroups split x"),
        FLAGS("Pod", "p.pod", "--pod systemd-p"),
        FLAGS("LogDriver", "none", "--log-driver none"),
        FLAGS("LogOpt", "a=1 b=2", "--log-opt a=1 --log-opt b=2"),
        FLAGS("Entrypoint", "/e", "--entrypoint=/e"),
        FLAGS("Timezone", "local", "--tz local"),
        FLAGS("PidsLimit", "9", "--pids-limit 9"),
        FLAGS("ShmSize", "1m", "--shm-size 1m"),
        FLAGS("WorkingDir", "/w", "--workdir /w"),
        REFUSED("IP", "10.0.0.1"),
        REFUSED("IP6", "fd00::1"),
        FLAGS("HostName", "h", "--hostname h"),
        FLAGS("StopSignal", "INT", "--stop-signal INT"),
        FLAGS("StopTimeout", "9", "--stop-timeout 9"),
        FLAGS("Pull", "never", "--pull never"),
        FLAGS("Memory", "1m", "--memory 1m"),
        FLAGS("Retry", "2", "--retry 2"),
        FLAGS("RetryDelay", "3s", "--retry-delay 3s"),
        REFUSED("NetworkAlias", "n"),
        FLAGS("Ulimit", "nofile=9", "--ulimit nofile=9"),
        FLAGS("DNS", "1.1.1.1", "--dns 1.1.1.1"),
        FLAGS("DNSOption", "ndots:1", "--dns-option ndots:1"),
        FLAGS("DNSSearch", "a.b", "--dns-search a.b"),
        FLAGS("GroupAdd", "keep-groups", "--group-add keep-groups"),
        FLAGS("AddHost", "a:1.1.1.1", "--add-host a:1.1.1.1"),
        FLAGS("Tmpfs", "/t:size=1m", "--tmpfs /t:size=1m"),
        FLAGS("RunInit", "yes", "--init=true"),
        FLAGS("EnvironmentHost", "yes", "--env-host=true"),
        FLAGS("HttpProxy", "no", "--http-proxy=false"),
        FLAGS("ReadOnlyTmpfs", "no", "--read-only-tmpfs=false"),
        FLAGS("Network", "host", "--network host"),
        FLAGS("Notify", "healthy", "--sdnotify healthy"),
        FLAGS("NoNewPrivileges", "yes", "--security-opt no-new-privileges"),
        FLAGS("SecurityLabelDisable", "yes", "--security-opt label=disable"),
        FLAGS("AppArmor", "a", "--security-opt apparmor=a"),
        FLAGS("SeccompProfile", "/s", "--security-opt seccomp=/s"),
        FLAGS("AddDevice", "/dev/null -/dev/nonexistent", "--device /dev/null"),
        FLAGS("DropCapability", "all", "--cap-drop all"),
        FLAGS("AddCapability", "CAP_CHOWN CAP_KILL", "--cap-add CAP_CHOWN --cap-add CAP_KILL"),
        FLAGS("Sysctl", "a=1 b=2", "--sysctl a=1 --sysctl b=2"),
        FLAGS("ReadOnly", "yes", "--read-only=true"),
        FLAGS("User", "1", "--user 1"),
        FLAGS("UserNS", "keep-id", "--userns keep-id"),
        FLAGS("UIDMap", "0:1:2", "--uidmap 0:1:2"),
        FLAGS("GIDMap", "0:1:2", "--gidmap 0:1:2"),
        FLAGS("SubUIDMap", "u", "--subuidname u"),
        FLAGS("SubGIDMap", "g", "--subgidname g"),
        FLAGS("Volume", "./v:/v:ro", "--volume /d/v:/v:ro"),
        FLAGS("AutoUpdate", "registry", "--label io.containers.autoupdate=registry"),
        FLAGS("ExposeHostPort", "8080", "--expose 8080"),
        FLAGS("PublishPort", "80:80", "--publish 80:80"),
        FLAGS("Environment", "A=1 \"B=2 3\"", "--env A=1 --env \"B=2 3\""),
        FLAGS("Label", "a=\\x41", "--label a=A"),
        FLAGS("Annotation", "a=b", "--annotation a=b"),
        FLAGS("Mask", "/m", "--security-opt mask=/m"),
        FLAGS("Unmask", "ALL", "--security-opt unmask=ALL"),
        FLAGS("EnvironmentFile", "./e", "--env-file /d/e"),
        FLAGS("Secret", "s", "--secret s"),
        FLAGS("Mount", "type=bind,src=./m,dst=/m", "--mount type=bind,source=/d/m,dst=/m"),
        FLAGS("HealthCmd", "true", "--health-cmd true"),
        FLAGS("HealthInterval", "1s", "--health-interval 1s"),
        FLAGS("HealthOnFailure", "kill", "--health-on-failure kill"),
        FLAGS("HealthLogDestination", "local", "--health-log-destination local"),
        FLAGS("HealthMaxLogCount", "4", "--health-max-log-count 4"),
        FLAGS("HealthMaxLogSize", "5", "--health-max-log-size 5"),
        FLAGS("HealthRetries", "6", "--health-retries 6"),
        FLAGS("HealthStartPeriod", "7s", "--health-start-period 7s"),
        FLAGS("HealthTimeout", "8s", "--health-timeout 8s"),
        FLAGS("HealthStartupCmd", "true", "--health-startup-cmd true"),
        FLAGS("HealthStartupInterval", "1s", "--health-startup-interval 1s"),
        FLAGS("HealthStartupRetries", "2", "--health-startup-retries 2"),
        FLAGS("HealthStartupSuccess", "3", "--health-startup-success 3"),
        FLAGS("HealthStartupTimeout", "4s", "--health-startup-timeout 4s"),
        REFUSED("SecurityLabelNested", "yes"),
        REFUSED("SecurityLabelType", "t"),
        REFUSED("SecurityLabelFileType", "t"),
        REFUSED("SecurityLabelLevel", "l"),
        REFUSED("ContainersConfModule", "m"),
        REFUSED("RemapUsers", "auto"),
        REFUSED("RemapUid", "1"),
        REFUSED("RemapGid", "1"),
        REFUSED("RemapUidSize", "1"),
        REFUSED("VolatileTmp", "yes"),
};

#define POD "/kelp pod create --name systemd-f --replace --exit-policy "

static const struct row pod_rows[] = {
        LINE("PodName", "p", "ExecStart=/kelp --cgroup-manager=cgroupfs pod start p"),
        LINE("ServiceName", "s", "ExecStart=/kelp --cgroup-manager=cgroupfs pod start systemd-f"),
        LINE("GlobalArgs", "--log-level=debug",
             "ExecStopPost=-/kelp --log-level=debug pod rm --ignore --force systemd-f"),
        FLAGS("PodmanArgs", "--sysctl a=b", "--sysctl a=b"),
        LINE("ExitPolicy", "continue", "ExecStartPre=" POD "continue"),
        LINE("StopTimeout", "9", "ExecStop=/kelp pod stop --ignore --time=9 systemd-f"),
        FLAGS("UserNS", "keep-id", "--userns keep-id"),
        FLAGS("UIDMap", "0:1:2 2:3:4", "--uidmap 0:1:2 --uidmap 2:3:4"),
        FLAGS("GIDMap", "0:1:2", "--gidmap 0:1:2"),
        FLAGS("SubUIDMap", "u", "--subuidname u"),
        FLAGS("SubGIDMap", "g", "--subgidname g"),
        FLAGS("PublishPort", "80:80", "--publish 80:80"),
        FLAGS("Label", "a=\\x41", "--label a=A"),
        FLAGS("Network", "host", "--network host"),
        REFUSED("IP", "10.0.0.1"),
        REFUSED("IP6", "fd00::1"),
        REFUSED("NetworkAlias", "n"),
        FLAGS("ShmSize", "1m", "--shm-size 1m"),
        FLAGS("DNS", "1.1.1.1", "--dns 1.1.1.1"),
        FLAGS("DNSOption", "ndots:1", "--dns-option ndots:1"),
        FLAGS("DNSSearch", "a.b", "--dns-search a.b"),
        FLAGS("AddHost", "a:1.1.1.1", "--add-host a:1.1.1.1"),
        FLAGS("HostName", "h", "--hostname h"),
        FLAGS("Volume", "./v:/v:ro", "--volume /d/v:/v:ro"),
        REFUSED("ContainersConfModule", "m"),
        REFUSED("RemapUsers", "auto"),
        REFUSED("RemapUid", "1"),
        REFUSED("RemapGid", "1"),
        REFUSED("RemapUidSize", "1"),
};

static const struct row volume_rows[] = {
        LINE("VolumeName", "v", "ExecStart=/kelp volume create --ignore v"),
        LINE("ServiceName", "s", "ExecStart=/kelp volume create --ignore systemd-f"),
        LINE("GlobalArgs", "--log-level=debug",
             "ExecStart=/kelp --log-level=debug volume create --ignore systemd-f"),
        FLAGS("PodmanArgs", "--label=a", "--label=a"),
        FLAGS("User", "1", "--opt o=uid=1"),
        FLAGS("Group", "2", "--opt o=gid=2"),
        FLAGS("Options", "x,y", "--opt o=x,y"),
        FLAGS("Type", "tmpfs\nDevice=tmpfs", "--opt device=tmpfs --opt type=tmpfs"),
        FLAGS("UID", "3", "--uid 3"),
        FLAGS("GID", "4", "--gid 4"),
        REFUSED("Driver", "image"),
        FLAGS("Copy", "no", "--opt nocopy"),
        FLAGS("Device", "/h", "--opt device=/h"),
        FLAGS("Label", "a=b c=d", "--label a=b --label c=d"),
        REFUSED("Image", "i"),
        REFUSED("ContainersConfModule", "m"),
};

static const struct row image_rows[] = {
        LINE("Image", "y", "ExecStart=/kelp pull y"),
        LINE("ImageTag", "t", "ExecStart=/kelp pull x"),
        LINE("ServiceName", "s", "ExecStart=/kelp pull x"),
        LINE("GlobalArgs", "--log-level=debug", "ExecStart=/kelp --log-level=debug pull x"),
        FLAGS("PodmanArgs", "--quiet", "--quiet"),
        FLAGS("Arch", "arm64", "--arch arm64"),
        FLAGS("AuthFile", "/a", "--authfile /a"),
        FLAGS("CertDir", "/c", "--cert-dir /c"),
        FLAGS("Creds", "u:p", "--creds u:p"),
        FLAGS("OS", "linux", "--os linux"),
        FLAGS("Policy", "always", "--policy always"),
        FLAGS("Variant", "v7", "--variant v7"),
        FLAGS("Retry", "2", "--retry 2"),
        FLAGS("RetryDelay", "3s", "--retry-delay 3s"),
        FLAGS("AllTags", "yes", "--all-tags=true"),
        FLAGS("TLSVerify", "no", "--tls-verify=false"),
        REFUSED("DecryptionKey", "k"),
        REFUSED("ContainersConfModule", "m"),
};

static const struct row build_rows[] = {
        LINE("File", "sub/Containerfile", "ExecStart=" BUILD "--tag x --file sub/Containerfile /d"),
        LINE("SetWorkingDirectory", "/c", "ExecStart=" BUILD "--tag x /c"),
        LINE("ServiceName", "s", "ExecStart=" BUILD "--tag x /d"),
        LINE("GlobalArgs", "--log-level=debug --cgroup-manager systemd",
             "ExecStart=/kelp --log-level=debug --cgroup-manager systemd build --tag x /d"),
        FLAGS("PodmanArgs", "--no-cache", "--tag x --no-cache"),
        FLAGS("ForceRM", "yes", "--tag x"),
        FLAGS("Pull", "never", "--pull=never --tag x"),
        FLAGS("Arch", "arm64", "--arch arm64 --tag x"),
        FLAGS("AuthFile", "/a", "--authfile /a --tag x"),
        FLAGS("IgnoreFile", "/i", "--ignorefile /i --tag x"),
        FLAGS("Target", "t", "--target t --tag x"),
        FLAGS("Variant", "v7", "--variant v7 --tag x"),
        FLAGS("Retry", "2", "--retry 2 --tag x"),
        FLAGS("RetryDelay", "3s", "--retry-delay 3s --tag x"),
        FLAGS("TLSVerify", "no", "--tls-verify=false --tag x"),
        FLAGS("DNS", "1.1.1.1", "--dns 1.1.1.1 --tag x"),
        FLAGS("DNSOption", "ndots:1", "--dns-option ndots:1 --tag x"),
        FLAGS("DNSSearch", "a.b", "--dns-search a.b --tag x"),
        FLAGS("GroupAdd", "keep-groups", "--group-add keep-groups --tag x"),
        FLAGS("ImageTag", "y", "--tag x --tag y"),
        FLAGS("BuildArg", "A=1 \"B=2 3\"", "--tag x --build-arg A=1 --build-arg \"B=2 3\""),
        FLAGS("Environment", "A=1 \"B=2 3\"", "--tag x --env A=1 --env \"B=2 3\""),
        FLAGS("Label", "a=\\x41", "--tag x --label a=A"),
        FLAGS("Annotation", "a=b", "--tag x --annotation a=b"),
        FLAGS("Network", "host", "--tag x --network host"),
        FLAGS("Secret", "id=s,src=/s", "--tag x --secret id=s,src=/s"),
        FLAGS("Volume", "./v:/v:ro", "--tag x --volume /d/v:/v:ro"),
        REFUSED("ContainersConfModule", "m"),
};

static const struct kind {
        const char *name, *path, *text, *before, *after;
        const struct quadlet_key *keys;
        const struct row *rows;
        size_t count;
} kinds[] = {
        { "f.container", "/d/f.container", "[Container]\nImage=x\n",
          "ExecStart=/kelp run --name systemd-f --replace --rm --cgroups split ", " x",
          quadlet_container_keys, container_rows, ARRAY_SIZE(container_rows) },
        { "f.pod", "/d/f.pod", "[Pod]\n", "ExecStartPre=" POD "stop ", "", quadlet_pod_keys,
          pod_rows, ARRAY_SIZE(pod_rows) },
        { "f.volume", "/d/f.volume", "[Volume]\n", "ExecStart=/kelp volume create --ignore ",
          " systemd-f", quadlet_volume_keys, volume_rows, ARRAY_SIZE(volume_rows) },
        { "f.image", "/d/f.image", "[Image]\nImage=x\n", "ExecStart=/kelp pull ", " x",
          quadlet_image_keys, image_rows, ARRAY_SIZE(image_rows) },
        { "f.build", "/d/f.build", "[Build]\nImageTag=x\nSetWorkingDirectory=unit\n",
          "ExecStart=" BUILD, " /d", quadlet_build_keys, build_rows, ARRAY_SIZE(build_rows) },
};

static void load(const char *name, const char *path, const char *text, struct quadlet *quadlet)
{
        struct error err = { 0 };

        *quadlet = (struct quadlet){ .name = xstrdup(name), .path = xstrdup(path) };
        assert_true(quadlet_kind_of(name, &quadlet->kind));
        assert_succeeds(unit_file_parse(&quadlet->source, text, strlen(text), "f", &err), err);
        assert_succeeds(quadlet_set_names(quadlet, &err), err);
}

/* The file, and a pod that it may name. */
static int convert(const struct kind *kind, const char *text, struct quadlet quadlets[2],
                   struct error *err)
{
        struct quadlet_list list = { .items = quadlets, .count = 2 };

        load(kind->name, kind->path, text, &quadlets[0]);
        load("p.pod", "/d/p.pod", "[Pod]\n", &quadlets[1]);
        return quadlet_convert(&list, &quadlets[0], "/kelp", err);
}

static void check_line(const struct unit_file *unit, const char *line)
{
        AUTO_FREE char *wanted = xasprintf("\n%s\n", line);
        AUTO_FREE char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        unit_file_write(unit, out);
        fclose(out);
        if (!strstr(text, wanted))
                fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void check_row(const struct kind *kind, const struct row *row)
{
        AUTO_FREE char *text = xasprintf("%s%s=%s\n", kind->text, row->key, row->value);
        AUTO_FREE char *line = row->flags
                                       ? xasprintf("%s%s%s", kind->before, row->flags, kind->after)
                               : row->line ? xstrdup(row->line)
                                           : NULL;
        AUTO_FREE char *refusal = xasprintf("the key %s=", row->key);
        struct quadlet quadlets[2];
        struct error err = { 0 };
        int rc = convert(kind, text, quadlets, &err);

        if (line && rc < 0)
                fail_msg("%s", err.text);
        else if (line)
                check_line(&quadlets[0].unit, line);
        else if (rc == 0 || !strstr(err.text, refusal) || !strstr(err.text, "is not supported: "))
                fail_msg("%s=%s: \"%s\"", row->key, row->value, err.text);
        quadlet_release(&quadlets[0]);
        quadlet_release(&quadlets[1]);
}

static bool has_row(const struct kind *kind, const char *key)
{
        for (size_t i = 0; i < kind->count; i++)
                if (strcmp(kind->rows[i].key, key) == 0)
                        return true;
        return false;
}

static void test_rows(void **state)
{
        (void)state;
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
                for (size_t i = 0; i < kinds[k].count; i++)
                        check_row(&kinds[k], &kinds[k].rows[i]);
}

static void test_tables(void **state)
{
        (void)state;
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
                size_t count = 0;

                for (; kinds[k].keys[count].name; count++)
                        if (!has_row(&kinds[k], kinds[k].keys[count].name))
                                fail_msg("no row of %s=", kinds[k].keys[count].name);
                assert_int_equal(count, kinds[k].count);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_tables),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
