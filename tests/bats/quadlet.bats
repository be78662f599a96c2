#!/usr/bin/env bats
# Quadlet files become units of systemd. That they start containers there is tested on a machine that runs systemd
# (tests/vm/guest-quadlet.sh).
load helper

# A directory of files, and one for units.
setup_file() {
        export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/none
        unset QUADLET_UNIT_DIRS XDG_RUNTIME_DIR
}

# file NAME: from standard input
file() {
        mkdir -p "$BATS_TEST_TMPDIR/files/$(dirname "$1")"
        cat >"$BATS_TEST_TMPDIR/files/$1"
}

generate() {
        QUADLET_UNIT_DIRS=${dirs-$BATS_TEST_TMPDIR/files} "$KELP" system generator "$@" "$BATS_TEST_TMPDIR/units"
}

unit() {
        cat "$BATS_TEST_TMPDIR/units/$1"
}

# value UNIT KEY: all values of it, one a line
value() {
        sed -n "s/^$2=//p" "$BATS_TEST_TMPDIR/units/$1"
}

# refused NAME TEXT: no unit is made of the file, and this is said
refused() {
        run generate
        code 1
        has "$2"
        [ ! -e "$BATS_TEST_TMPDIR/units/${1%.*}.service" ]
        rm "$BATS_TEST_TMPDIR/files/$1"
}

@test "quadlet: a container, its volume and its image" {
        file web.container <<'EOF'
# said of the file, not of the unit
[Unit]
Description=A web server
After=data.volume other.service

[Container]
Image=base.image
Exec=httpd -f \
# left out
  -h "/a b" 'x;y' \x41 ; 100%%
Volume=data.volume:/data:ro
Volume=./site:/srv:ro
Volume=/host:/x
Environment=A=1 "B=two words"
Environment=C='x y'
PublishPort=8080:8080
Mount=type=volume,src=data.volume,destination=/m
HealthCmd="test -f /x"
User=1
Group=2
NoNewPrivileges=yes
SecurityLabelDisable=no
AddDevice=-/dev/nonexistent
AddDevice=-/dev/null
DNS=1.1.1.1
DNS=
DNS=9.9.9.9
PodmanArgs=--memory 100m
GlobalArgs=--log-level=error
ReloadSignal=HUP

[Service]
Restart=on-failure

[Install]
WantedBy=default.target "two.target"
RequiredBy=three.target
Alias=www.service
EOF
        printf '[Volume]\nLabel=a=b\nUser=3\nOptions=x\nDevice=/host\nType=bind\nCopy=no\n' | file data.volume
        printf '[Image]\nImage=localhost/busybox\nTLSVerify=false\n\n[Quadlet]\nDefaultDependencies=no\n' | file base.image
        generate
        files=$BATS_TEST_TMPDIR/files
        diff - <(unit web.service) <<EOF
# Made by kelp, from the file in SourcePath=.
[Unit]
Wants=kelp-user-wait-network-online.service
After=kelp-user-wait-network-online.service
Description=A web server
After=data-volume.service other.service
SourcePath=$files/web.container
Requires=base-image.service
After=base-image.service
Requires=data-volume.service
After=data-volume.service
RequiresMountsFor=$files/site
RequiresMountsFor=/host

[X-Container]
Image=base.image
Exec=httpd -f  -h "/a b" 'x;y' \x41 ; 100%%
$(sed -n '/^Volume=data/,/^ReloadSignal/p' "$files/web.container")

[Service]
Restart=on-failure
KillMode=mixed
SyslogIdentifier=%N
Type=exec
Delegate=yes
ExecStart=$KELP --log-level=error run --name systemd-web --replace --rm --cgroups split --dns 9.9.9.9 --security-opt no-new-privileges --device /dev/null --user 1:2 --volume systemd-data:/data:ro --volume $files/site:/srv:ro --volume /host:/x --publish 8080:8080 --env A=1 --env "B=two words" --env "C=x y" --mount type=volume,source=systemd-data,destination=/m --health-cmd "test -f /x" --memory 100m localhost/busybox httpd -f -h "/a b" x;y A ";" 100%%
ExecStop=$KELP --log-level=error rm -v -f -i systemd-web
ExecStopPost=-$KELP --log-level=error rm -v -f -i systemd-web
ExecReload=$KELP --log-level=error kill --signal HUP systemd-web

[Install]
WantedBy=default.target "two.target"
RequiredBy=three.target
Alias=www.service
EOF
        [ "$(value data-volume.service ExecStart)" = "$KELP volume create --ignore --opt nocopy --label a=b --opt device=/host --opt type=bind --opt o=uid=3,x systemd-data" ]
        [ "$(value data-volume.service RequiresMountsFor)" = /host ]
        unit data-volume.service | sed 1,/Service/d | grep -x Type=oneshot
        [ "$(value data-volume.service RemainAfterExit)" = yes ]
        [ "$(value base-image.service ExecStart)" = "$KELP pull --tls-verify=false localhost/busybox" ]
        [ "$(value base-image.service Wants)" = "" ]
        cd "$BATS_TEST_TMPDIR/units"
        [ "$(readlink www.service)" = web.service ]
        for link in default.target.wants two.target.wants three.target.requires; do
                [ "$(readlink $link/web.service)" = ../web.service ]
        done
        grep -q network-online.target kelp-user-wait-network-online.service
}

@test "quadlet: systemd takes the units" {
        command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
        printf '[Container]\nImage=x\nExec=sh -c "echo $$HOME" ; a\nVolume=d.volume:/d\nEnvironment="A=a \\" b"\n[Install]\nWantedBy=default.target\n' | file a.container
        printf '[Volume]\n' | file d.volume
        printf '[Container]\nImage=x\nExec=sleep %%i\n' | file t@.container
        ln -s t@.container "$BATS_TEST_TMPDIR/files/t@5.container"
        generate
        mkdir "$BATS_TEST_TMPDIR/runtime"
        verify() {
                XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/runtime SYSTEMD_UNIT_PATH=$BATS_TEST_TMPDIR/units: \
                        systemd-analyze --user verify "$@" 2>&1
        }
        run verify "$BATS_TEST_TMPDIR"/units/{a,d-volume,t@5,kelp-user-wait-network-online}.service
        code 0
        lacks "$BATS_TEST_TMPDIR/units"
        sed -i 's/^KillMode=.*/KillMode=never/' "$BATS_TEST_TMPDIR/units/a.service"
        run verify "$BATS_TEST_TMPDIR/units/a.service"
        has "never"
}

@test "quadlet: the command of a unit runs" {
        cat <<EOF | file run.container
[Container]
Image=localhost/busybox
GlobalArgs=--root "$ROOT" --runroot "$RUNROOT"
Network=none
CgroupsMode=disabled
Environment="A=two words" B=\\x41
Volume=kept.volume:/data
Entrypoint=
ContainerName=mine
Exec=sh -c 'echo "\$\$A \$\$B" >/data/file'
EOF
        printf '[Volume]\nVolumeName=kept\nLabel=x=y\nGlobalArgs=--root "%s" --runroot "%s"\n' "$ROOT" "$RUNROOT" | file kept.volume
        generate
        # What systemd makes of it: the shell's words, but for "$$".
        eval "$(value kept-volume.service ExecStart | sed 's/\$\$/\\$/g')"
        eval "$(value run.service ExecStart | sed 's/\$\$/\\$/g')"
        eval "$(value run.service ExecStop)"
        run kelp run --rm --network=none -v kept:/data busybox cat /data/file
        is "two words A"
        [ "$(kelp volume inspect -f '{{.Labels.x}}' kept)" = y ]
}

@test "quadlet: a build, and a container of its image" {
        cat <<'EOF' | file app.build
[Unit]
Description=An image

[Build]
ImageTag=localhost/app:1
ImageTag=localhost/app
SetWorkingDirectory=unit
File=app/Containerfile
BuildArg="WHAT=two words" B=\x41
Pull=never
Volume=./cache:/cache
TLSVerify=no
PodmanArgs=--no-cache

[Service]
TimeoutStartSec=300
EOF
        printf '[Unit]\nWants=app.build\n[Container]\nImage=app.build\n' | file web.container
        generate
        files=$BATS_TEST_TMPDIR/files
        unit app-build.service | sed '/^\[X-Build/,/^$/d' | diff - <(
                cat <<EOF
# Made by kelp, from the file in SourcePath=.
[Unit]
Wants=kelp-user-wait-network-online.service
After=kelp-user-wait-network-online.service
Description=An image
SourcePath=$files/app.build
RequiresMountsFor=$files/cache

[Service]
TimeoutStartSec=300
WorkingDirectory=$files
Delegate=yes
ExecStart=$KELP --cgroup-manager=cgroupfs build --pull=never --tls-verify=false --tag localhost/app:1 --tag localhost/app --build-arg "WHAT=two words" --build-arg B=A --volume $files/cache:/cache --file app/Containerfile --no-cache $files
SyslogIdentifier=%N
Type=oneshot
EOF
        )
        value web.service Wants | grep -qx app-build.service
        [ "$(value web.service Requires)" = app-build.service ]
        value web.service After | grep -qx app-build.service
        [[ $(value web.service ExecStart) == *" localhost/app:1" ]]
}

@test "quadlet: the context of a build" {
        # KEYS [WorkingDirectory=]: the directory that the service runs in, and the end of its command.
        context() {
                printf '[Build]\nImageTag=x\n%b\n[Service]\n%s\n' "$1" "${2-}" | file a.build
                generate
                echo "$(value a-build.service WorkingDirectory)$(value a-build.service ExecStart | sed 's/.*--tag x/ :/')"
        }
        files=$BATS_TEST_TMPDIR/files
        [ "$(context SetWorkingDirectory=UNIT)" = "$files : $files" ]
        [ "$(context 'SetWorkingDirectory=unit\nFile=/f/F')" = "$files : --file /f/F $files" ]
        [ "$(context 'SetWorkingDirectory=file\nFile=F')" = "$files : --file $files/F $files" ]
        [ "$(context 'SetWorkingDirectory=file\nFile=d/F')" = "$files/d : --file $files/d/F $files/d" ]
        [ "$(context 'SetWorkingDirectory=file\nFile=/F')" = "/ : --file /F /" ]
        [ "$(context 'SetWorkingDirectory=file\nFile=%h/F')" = "%h : --file %h/F %h" ]
        [ "$(context 'SetWorkingDirectory=/c\nFile=F')" = " : --file F /c" ]
        [ "$(context SetWorkingDirectory=%h/c)" = " : %h/c" ]
        [ "$(context 'SetWorkingDirectory=c\nFile=F')" = "$files : --file F c" ]
        [ "$(context SetWorkingDirectory=./c.git)" = "$files : ./c.git" ]
        [ "$(context SetWorkingDirectory=https://h/c.tar.gz)" = " : https://h/c.tar.gz" ]
        [ "$(context 'SetWorkingDirectory=/c\nFile=https://h/F')" = " : --file https://h/F /c" ]
        [ "$(context File=/f/F)" = " : --file /f/F" ]
        [ "$(context File=%h/F)" = " : --file %h/F" ]
        # A directory that [Service] names goes before unit and file.
        [ "$(context SetWorkingDirectory=unit WorkingDirectory=/w)" = "/w : ." ]
        [ "$(context 'SetWorkingDirectory=file\nFile=F' 'WorkingDirectory=~')" = "~ : --file F ." ]
        [ "$(context SetWorkingDirectory=c WorkingDirectory=/w)" = "/w : c" ]
        [ "$(context SetWorkingDirectory=unit WorkingDirectory=)" = "$files : $files" ]
        [ "$(context File=F WorkingDirectory=/w)" = "/w : --file F ." ]
        [ "$(context '' WorkingDirectory=/w)" = "/w : ." ]
        [ "$(context File=/f/F WorkingDirectory=/w)" = "/w : --file /f/F" ]
}

@test "quadlet: what a build is refused for" {
        # KEYS TEXT: no unit is made, and this is said
        bad() {
                printf '[Build]\n%b\n' "$1" | file a.build
                refused a.build "$2"
        }
        unit=SetWorkingDirectory=unit
        bad $unit "no ImageTag key specified"
        bad "ImageTag=x\nImageTag=\n$unit" "no ImageTag key specified"
        bad ImageTag=x "neither SetWorkingDirectory, nor File key specified"
        bad 'ImageTag=x\nFile=F' "relative path in File key requires SetWorkingDirectory key to be set"
        bad 'ImageTag=x\nFile=https://h/F' "a URL in File key requires SetWorkingDirectory"
        bad 'ImageTag=x\nSetWorkingDirectory=yaml' "SetWorkingDirectory=yaml is only supported in .kube files"
        bad 'ImageTag=x\nSetWorkingDirectory=file' "SetWorkingDirectory=file needs the path of a file in File="
        for repository in git://h/r github.com/a/b https://h/r.git git@h:r; do
                bad "ImageTag=x\nSetWorkingDirectory=$repository" \
                        "the key SetWorkingDirectory=$repository in $BATS_TEST_TMPDIR/files/a.build is not supported: repositories are not fetched"
        done
        bad "ImageTag=x\n$unit\nForceRM=no" "the key ForceRM=no in"
        bad "ImageTag=x\n$unit\nPodmanArgs=--push" "--push is not supported"
        bad "ImageTag=x\n$unit\nNetwork=n.network" "n.network is not supported"
        printf '[Build]\n' | file none.build
        printf '[Container]\nImage=none.build\n' | file b.container
        refused b.container "none.build names no image"
        printf '[Container]\nImage=no.build\n' | file b.container
        refused b.container "there is no no.build"
        [ ! -e "$BATS_TEST_TMPDIR/units/a-build.service" ]
        [ ! -e "$BATS_TEST_TMPDIR/units/none-build.service" ]
}

@test "quadlet: the command of a build runs" {
        cat <<EOF | file app.build
[Build]
ImageTag=localhost/app
ImageTag=localhost/app:2
GlobalArgs=--root "$ROOT" --runroot "$RUNROOT"
SetWorkingDirectory=file
File=app/Containerfile
Network=none
BuildArg="WHAT=two words"
Label=a=b
Volume=./kept:/kept
Volume=data.volume:/data
EOF
        printf '[Volume]\nVolumeName=data\nGlobalArgs=--root "%s" --runroot "%s"\n' "$ROOT" "$RUNROOT" | file data.volume
        printf 'FROM busybox\nARG WHAT\nCOPY page /page\nRUN echo $WHAT >/said && echo done >/kept/file && echo data >/data/file\n' | file app/Containerfile
        echo page | file app/page
        mkdir "$BATS_TEST_TMPDIR/files/kept"
        generate
        eval "$(value data-volume.service ExecStart)"
        cd "$(value app-build.service WorkingDirectory)"
        eval "$(value app-build.service ExecStart | sed 's/\$\$/\\$/g')"
        run kelp run --rm --network=none -v data:/data localhost/app cat /page /said /data/file
        is $'page\ntwo words\ndata'
        [ "$(kelp inspect -f '{{.Config.Labels.a}}' localhost/app:2)" = b ]
        [ "$(cat "$BATS_TEST_TMPDIR/files/kept/file")" = done ]
}

@test "quadlet: a pod and its containers" {
        cat <<'EOF' | file web.pod
[Unit]
Description=A web server and its log

[Pod]
PublishPort=8080:8080
PublishPort=8443:8443
Label="a=b c"
Volume=data.volume:/data
HostName=web
UIDMap=0:0:1 1:1:9
StopTimeout=20
PodmanArgs=--share +pid
GlobalArgs=--log-level=error
EOF
        printf '[Volume]\n' | file data.volume
        printf '[Container]\nImage=x\nPod=web.pod\n' | file server.container
        printf '[Container]\nImage=x\nPod=web.pod\nStartWithPod=no\n' | file later.container
        printf '[Container]\nImage=x\nPod=web.pod\n' | file log@.container
        ln -s log@.container "$BATS_TEST_TMPDIR/files/log@7.container"
        printf '[Container]\nImage=x\n' | file alone.container
        generate
        files=$BATS_TEST_TMPDIR/files
        unit web-pod.service | sed '/^\[X-Pod/,/^$/d' | diff - <(
                cat <<EOF
# Made by kelp, from the file in SourcePath=.
[Unit]
Wants=kelp-user-wait-network-online.service
After=kelp-user-wait-network-online.service
Description=A web server and its log
SourcePath=$files/web.pod
Wants=log@7.service
Before=log@7.service
Wants=server.service
Before=server.service
Requires=data-volume.service
After=data-volume.service

[Service]
SyslogIdentifier=%N
Restart=on-failure
Type=forking
ExecStartPre=$KELP --log-level=error pod create --name systemd-web --replace --exit-policy stop --uidmap 0:0:1 --uidmap 1:1:9 --publish 8080:8080 --publish 8443:8443 --label "a=b c" --hostname web --volume systemd-data:/data --share +pid
Delegate=yes
ExecStart=$KELP --log-level=error --cgroup-manager=cgroupfs pod start systemd-web
TimeoutStopSec=50
ExecStop=$KELP --log-level=error pod stop --ignore --time=20 systemd-web
ExecStopPost=-$KELP --log-level=error pod rm --ignore --force systemd-web
EOF
        )
        for unit in server later log@ log@7; do
                [ "$(value $unit.service BindsTo)" = web-pod.service ]
                value $unit.service After | grep -qx web-pod.service
                [[ $(value $unit.service ExecStart) == *" --pod systemd-web "* ]]
        done
        [ "$(value alone.service BindsTo)" = "" ]
}

@test "quadlet: names, templates and services of pods" {
        printf '[Pod]\nPodName=mine\nServiceName=own\nExitPolicy=continue\n[Service]\nRestart=always\nType=forking\nSyslogIdentifier=me\n' | file a.pod
        printf '[Pod]\n' | file p@.pod
        printf '[Container]\nImage=x\nPod=p@.pod\n' | file c@.container
        ln -s c@.container "$BATS_TEST_TMPDIR/files/c@3.container"
        printf '[Unit]\nAfter=a.pod\n[Container]\nImage=x\nPod=a.pod\n' | file b.container
        generate
        [ "$(value own.service ExecStartPre)" = "$KELP pod create --name mine --replace --exit-policy continue" ]
        [ "$(value own.service ExecStop)" = "$KELP pod stop --ignore mine" ]
        [ "$(value own.service Restart) $(value own.service SyslogIdentifier) $(value own.service TimeoutStopSec)" = "always me " ]
        [ "$(value b.service BindsTo)" = own.service ]
        [ "$(value p-pod@.service ExecStart)" = "$KELP --cgroup-manager=cgroupfs pod start systemd-p-%i" ]
        [ "$(value p-pod@.service Before)" = "" ]
        [ "$(value c@3.service BindsTo)" = "p-pod@%i.service" ]
        [[ $(value c@3.service ExecStart) == *" --pod systemd-p-%i "* ]]
        printf '[Pod]\n[Service]\nType=oneshot\n' | file d.pod
        refused d.pod "invalid service Type 'oneshot': forking"
        printf '[Pod]\nPodName=systemd-b\n' | file d.pod
        refused d.pod "b.container has the same name, systemd-b: name the pod otherwise with PodName="
        printf '[Pod]\nPodmanArgs=--cpus=2\n' | file d.pod
        refused d.pod "--cpus is not supported: a pod has no cgroup of its own"
        printf '[Container]\nImage=x\nPod=mine\n' | file e.container
        refused e.container "pod mine is not Quadlet based"
        printf '[Container]\nImage=x\nPod=no.pod\n' | file e.container
        refused e.container "Pod=no.pod: there is no no.pod"
        printf '[Container]\nImage=x\nPod=a.pod\nStartWithPod=maybe\n' | file e.container
        refused e.container "StartWithPod=maybe"
        [ ! -e "$BATS_TEST_TMPDIR/units/d-pod.service" ]
}

@test "quadlet: the commands of a pod run" {
        printf '[Pod]\nNetwork=none\nHostName=shared\nGlobalArgs=--root "%s" --runroot "%s"\n' "$ROOT" "$RUNROOT" | file p.pod
        cat <<EOF | file c.container
[Container]
Image=localhost/busybox
GlobalArgs=--root "$ROOT" --runroot "$RUNROOT"
CgroupsMode=disabled
Pod=p.pod
StopSignal=KILL
Exec=sh -c 'hostname; sleep 1000'
EOF
        generate
        is_over() {
                [ "$(kelp pod inspect -f '{{.State}}' systemd-p)" = Exited ]
        }
        for round in first again; do
                eval "$(value p-pod.service ExecStartPre)"
                eval "$(value p-pod.service ExecStart)"
                [ "$(kelp pod inspect -f '{{.State}} {{.NumContainers}}' systemd-p)" = "Running 1" ]
                eval "$(value c.service ExecStart)" >"$BATS_TEST_TMPDIR/$round" 3>&- &
                poll 20 grep -qsx shared "$BATS_TEST_TMPDIR/$round"
                eval "$(value c.service ExecStop)"
                poll 20 is_over
        done
        eval "$(value p-pod.service ExecStop)"
        eval "$(value p-pod.service ExecStopPost | sed 's/^-//')"
        eval "$(value p-pod.service ExecStop)"
        [ -z "$(kelp pod ps -q)$(kelp ps -aq)" ]
}

@test "quadlet: every key of podman's is mapped or refused by name" {
        # podman-container.unit(5), podman-volume.unit(5), podman-image.unit(5), podman-build.unit(5),
        # podman-pod.unit(5) of 5.8
        container="AddCapability AddDevice AddHost Annotation AppArmor AutoUpdate CgroupsMode ContainerName
                ContainersConfModule DNS DNSOption DNSSearch DropCapability Entrypoint Environment EnvironmentFile
                EnvironmentHost Exec ExposeHostPort GIDMap GlobalArgs Group GroupAdd HealthCmd HealthInterval
                HealthLogDestination HealthMaxLogCount HealthMaxLogSize HealthOnFailure HealthRetries HealthStartPeriod
                HealthStartupCmd HealthStartupInterval HealthStartupRetries HealthStartupSuccess HealthStartupTimeout
                HealthTimeout HostName HttpProxy Image IP IP6 Label LogDriver LogOpt Mask Memory Mount Network
                NetworkAlias NoNewPrivileges Notify PidsLimit Pod PodmanArgs PublishPort Pull ReadOnly ReadOnlyTmpfs
                ReloadCmd ReloadSignal RemapGid RemapUid RemapUidSize RemapUsers Retry RetryDelay Rootfs RunInit
                SeccompProfile Secret SecurityLabelDisable SecurityLabelFileType SecurityLabelLevel SecurityLabelNested
                SecurityLabelType ServiceName ShmSize StartWithPod StopSignal StopTimeout SubGIDMap SubUIDMap Sysctl
                Timezone Tmpfs UIDMap Ulimit Unmask User UserNS VolatileTmp Volume WorkingDir"
        volume="ContainersConfModule Copy Device Driver GID GlobalArgs Group Image Label Options PodmanArgs ServiceName
                Type UID User VolumeName"
        image="AllTags Arch AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs Image ImageTag OS Policy
                PodmanArgs Retry RetryDelay ServiceName TLSVerify Variant"
        build="Annotation Arch AuthFile BuildArg ContainersConfModule DNS DNSOption DNSSearch Environment File ForceRM
                GlobalArgs GroupAdd IgnoreFile ImageTag Label Network PodmanArgs Pull Retry RetryDelay Secret ServiceName
                SetWorkingDirectory Target TLSVerify Variant Volume"
        pod="AddHost ContainersConfModule DNS DNSOption DNSSearch ExitPolicy GIDMap GlobalArgs HostName IP IP6 Label Network
                NetworkAlias PodName PodmanArgs PublishPort RemapGid RemapUid RemapUidSize RemapUsers ServiceName ShmSize
                StopTimeout SubGIDMap SubUIDMap UIDMap UserNS Volume"
        for key in $container; do
                printf '[Container]\nImage=x\n%s=1\n' "$key" | file "c$key.container"
        done
        for key in $volume; do
                printf '[Volume]\n%s=1\n' "$key" | file "v$key.volume"
        done
        for key in $image; do
                printf '[Image]\nImage=x\n%s=1\n' "$key" | file "i$key.image"
        done
        for key in $build; do
                printf '[Build]\nImageTag=x\nSetWorkingDirectory=unit\n%s=1\n' "$key" | file "b$key.build"
        done
        for key in $pod; do
                printf '[Pod]\n%s=1\n' "$key" | file "p$key.pod"
        done
        for key in Nosuch image X; do
                printf '[Container]\nImage=x\n%s=1\n' "$key" | file "u$key.container"
        done
        run generate
        code 1
        [ "$(grep -c 'unsupported key' <<<"$output")" = 3 ]
        has "unsupported key 'Nosuch' in group 'Container' in $BATS_TEST_TMPDIR/files/uNosuch.container"
        has "the key ContainersConfModule= in $BATS_TEST_TMPDIR/files/cContainersConfModule.container is not supported: kelp has no"
        has "pod 1 is not Quadlet based"
        has "the key IP= in"
        has "the key DecryptionKey= in"
        lacks "there is no such flag"
}

@test "quadlet: what is refused is refused by name, and the others are made" {
        printf '[Container]\nImage=x\n' | file good.container
        for kind in network kube artifact; do
                printf '[X]\n' | file "n.$kind"
                refused n.$kind "n.$kind is not supported"
        done
        [ -e "$BATS_TEST_TMPDIR/units/good.service" ]
        printf '[Container]\nImage=x\nNetwork=n.network\n' | file a.container
        refused a.container "n.network is not supported: there are no named networks yet"
        printf '[Container]\nImage=x\nVolume=no.volume:/d\n' | file a.container
        refused a.container "there is no no.volume"
        printf '[Unit]\nAfter=no.container\n[Container]\nImage=x\n' | file a.container
        refused a.container "After=: there is no no.container"
        printf '[Container]\nImage=x\nPodmanArgs=--gpus all\n' | file a.container
        refused a.container "PodmanArgs= in $BATS_TEST_TMPDIR/files/a.container: --gpus is not supported"
        printf '[Container]\nImage=x\nPodmanArgs=words\n' | file a.container
        refused a.container '"words" is no flag'
        printf '[Container]\nImage=x\nGlobalArgs=--nosuch\n' | file a.container
        refused a.container "unknown flag: --nosuch"
        printf '[Container]\nImage=x\nRunInit=maybe\n' | file a.container
        refused a.container "RunInit=maybe"
        printf '[Container]\nImage=x\nPodmanArgs=-d\n' | file a.container
        refused a.container "--detach is not supported"
        printf '[Container]\nImage=x\nMount=type=volume,source=no.volume,destination=/d\n' | file a.container
        refused a.container "Mount=type=volume,source=no.volume,destination=/d: there is no no.volume"
        printf '[Container]\nImage=x\nVolume=/a\\x0ab:/d\nMount=type=bind,src=/a\\x0ab,dst=/e\n' | file a.container
        refused a.container "a control character"
        for key in Type FileType Level; do
                printf '[Container]\nImage=x\nSecurityLabel%s=a\n' $key | file a.container
                refused a.container "the key SecurityLabel$key= in $BATS_TEST_TMPDIR/files/a.container is not supported: containers keep"
        done
        printf '[Container]\nImage=x\nSecurityLabelNested=yes\n' | file a.container
        refused a.container "the key SecurityLabelNested="
        printf '[Unit]\nAfter=good.container not-one\n[Container]\nImage=x\n' | file a.container
        refused a.container 'After=: "not-one" is no unit'
        printf '[Container]\nImage=x\nA key=x\n' | file a.container
        refused a.container 'a.container:3: "A key" is no key'
        printf '[Container]\nImage=x\nExec="a\n' | file a.container
        refused a.container "a quote is not closed"
        printf '[Container]\nImage=x\nGroup=1\n' | file a.container
        refused a.container "Group= needs User="
        printf '[Container]\nImage=x\n[Service]\nKillMode=none\n' | file a.container
        refused a.container "invalid KillMode 'none'"
        printf '[Container]\nImage=x\n[Service]\nType=forking\n' | file a.container
        refused a.container "invalid service Type 'forking'"
        printf '[Container]\nImage=x\n[Quadlet]\nX=1\n' | file a.container
        refused a.container "unsupported key 'X' in group 'Quadlet'"
        printf '[Container]\n' | file a.container
        refused a.container "no Image or Rootfs key specified"
        printf '[Unit]\n' | file a.container
        refused a.container "there is no group [Container]"
        printf '[Container]\nImage=x\nServiceName=../../x\n' | file a.container
        refused a.container "is no name of a service"
        printf '[Container]\nImage\n' | file a.container
        refused a.container "a.container:2: \"Image\" is neither"
        mkfifo "$BATS_TEST_TMPDIR/files/a.container"
        refused a.container "is no file"
        run generate
        code 0
}

@test "quadlet: words of [Install] stay in the directory" {
        printf '[Container]\nImage=x\n[Install]\nWantedBy=../../a default.target\nAlias=../b.service /c.service ok.service\n' | file a.container
        run generate
        code 1
        has "is no unit's name"
        [ -L "$BATS_TEST_TMPDIR/units/default.target.wants/a.service" ]
        [ -L "$BATS_TEST_TMPDIR/units/ok.service" ]
        [ ! -e "$BATS_TEST_TMPDIR/b.service" ]
        [ ! -e /c.service ]
        grep -q network-online.target "$BATS_TEST_TMPDIR/units/kelp-user-wait-network-online.service"
        run "$KELP" system generator --dryrun
        lacks "is no unit's name"
        QUADLET_UNIT_DIRS=$BATS_TEST_TMPDIR/files run "$KELP" system generator --dryrun
        code 1
        has "---a.service---"
        has "is no unit's name"
        printf '[Container]\nImage=x\n[Install]\nAlias=a.service\n' | file a.container
        QUADLET_UNIT_DIRS=$BATS_TEST_TMPDIR/files run "$KELP" system generator --dryrun
        code 1
        has "Alias=a.service is no name for it"
}

@test "quadlet: an alias is not put in the place of another unit" {
        printf '[Container]\nImage=first\n[Install]\nAlias=b.service free.service\n' | file a.container
        printf '[Container]\nImage=second\n' | file b.container
        printf '[Container]\nImage=third\n[Install]\nAlias=a.service\n' | file c.container
        run generate
        code 1
        has "b.service is a unit already"
        has "a.service is a unit already"
        cd "$BATS_TEST_TMPDIR/units"
        grep -q ' first$' a.service
        grep -q ' second$' b.service
        grep -q ' third$' c.service
        [ "$(readlink free.service)" = a.service ]
        [ "$(find . -type l | wc -l)" = 1 ]
        generate 2>/dev/null || true
        [ "$(readlink free.service)" = a.service ]
}

@test "quadlet: templates, instances and drop-ins" {
        printf '[Container]\nImage=x\nExec=sleep %%i\nVolume=d@.volume:/d\n[Install]\nWantedBy=default.target\nDefaultInstance=7\n' | file a-b@.container
        ln -s a-b@.container "$BATS_TEST_TMPDIR/files/a-b@5.container"
        printf '[Volume]\n' | file d@.volume
        printf '[Container]\nEnvironment=TOP=1\n' | file container.d/10-top.conf
        printf '[Container]\nEnvironment=DASH=1\n' | file a-.container.d/20-dash.conf
        printf '[Container]\nEnvironment=LOST=1\n' | file a-.container.d/30-one.conf
        printf '[Container]\nEnvironment=TEMPLATE=1\n' | file a-b@.container.d/30-one.conf
        printf '[Container]\nImage=y\n' | file a-b@5.container.d/40-image.conf
        printf '[Container]\nImage=z\n' | file a-b@5.container.d/ignored
        generate
        flags="--volume systemd-d-%i:/d --env TOP=1 --env DASH=1 --env TEMPLATE=1"
        [ "$(value a-b@.service ExecStart)" = "$KELP run --name systemd-a-b_%i --replace --rm --cgroups split $flags x sleep %i" ]
        [ "$(value a-b@5.service ExecStart)" = "$KELP run --name systemd-a-b_5 --replace --rm --cgroups split $flags y sleep %i" ]
        [ "$(value a-b@5.service Requires)" = "d-volume@%i.service" ]
        [ "$(value d-volume@.service ExecStart)" = "$KELP volume create --ignore systemd-d-%i" ]
        cd "$BATS_TEST_TMPDIR/units/default.target.wants"
        [ "$(echo *)" = "a-b@5.service a-b@7.service" ]
        [ "$(readlink a-b@7.service)" = ../a-b@.service ]
}

@test "quadlet: names that others see" {
        printf '[Volume]\n' | file d@5.volume
        printf '[Volume]\nVolumeName=v-%%N-%%p-%%H\nServiceName="store"\n' | file named.volume
        printf '[Container]\nImage="y"\nServiceName="s"\n' | file renamed.container
        printf '[Container]\nImage=y\nContainerName="c-%%N"\n' | file named.container
        printf '[Container]\nImage=y\nContainerName=%%j\n' | file a-own.container
        printf '[Image]\nImage="i"\n' | file base.image
        cat <<'EOF' | file user.container
[Container]
Image="base.image"
Volume=d@5.volume:/d
Volume=named.volume:/n
Network=renamed.container
EOF
        generate
        [ "$(value d-volume@5.service ExecStart)" = "$KELP volume create --ignore systemd-d-5" ]
        [ "$(value store.service ExecStart)" = "$KELP volume create --ignore v-store-store-%H" ]
        [ "$(value s.service ExecStart)" = "$KELP run --name systemd-s --replace --rm --cgroups split y" ]
        [ "$(value s.service ExecStop)" = "$KELP rm -v -f -i systemd-s" ]
        [ "$(value named.service ExecStop)" = "$KELP rm -v -f -i c-named" ]
        [ "$(value a-own.service ExecStop)" = "$KELP rm -v -f -i %j" ]
        [ "$(value base-image.service ExecStart)" = "$KELP pull i" ]
        [ "$(value user.service ExecStart)" = "$KELP run --name systemd-user --replace --rm --cgroups split --network container:systemd-s --volume systemd-d-5:/d --volume v-store-store-%H:/n i" ]
        [ "$(value user.service Requires | tr '\n' ' ')" = "base-image.service s.service d-volume@5.service store.service " ]
        sed -i s/renamed/a-own/ "$BATS_TEST_TMPDIR/files/user.container"
        run generate
        code 1
        has "a-own.container is called %j, which is another name in this unit"
}

@test "quadlet: a template is referred to by instances" {
        printf '[Container]\nImage=x\n' | file t@.container
        printf '[Volume]\n' | file v@.volume
        printf '[Unit]\nAfter=t@.container %%i.service %%p.target a.%%i\n[Container]\nImage=x\nVolume=v@.volume:/v\n' | file u@.container
        ln -s u@.container "$BATS_TEST_TMPDIR/files/u@3.container"
        printf '[Unit]\nAfter=t@.container\n[Container]\nImage=x\n' | file a.container
        printf '[Unit]\nAfter=not-one %%%%i\n[Container]\nImage=x\n' | file b.container
        run generate
        code 1
        has "After=: t@.container is a template, and this is no instance of one"
        cd "$BATS_TEST_TMPDIR/units"
        [ ! -e a.service ]
        for unit in u@.service u@3.service; do
                [ "$(value $unit After | tr '\n' ' ')" = "kelp-user-wait-network-online.service t@%i.service %i.service %p.target a.%i v-volume@%i.service " ]
        done
        [ "$(value u@3.service ExecStart)" = "$KELP run --name systemd-u_3 --replace --rm --cgroups split --volume systemd-v-%i:/v x" ]
        value b.service After | grep -qx 'not-one %%i'
}

@test "quadlet: what only looks like a Quadlet file" {
        cat <<'EOF' | file a.container
[Container]
Image=registry.example/my.network
Volume=app.image:/a
Volume=site.pod:/b
Volume=dir/x.volume:/c
Mount=type=image,source=base.image,destination=/d
Mount=type=volume,source=x.container,destination=/e
EOF
        printf '[Image]\nImage=i\n' | file base.image
        printf '[Container]\nImage=short.pod\n' | file b.container
        generate
        [ "$(value a.service ExecStart)" = "$KELP run --name systemd-a --replace --rm --cgroups split --volume app.image:/a --volume site.pod:/b --volume dir/x.volume:/c --mount type=image,source=i,destination=/d --mount type=volume,source=x.container,destination=/e registry.example/my.network" ]
        [ "$(value a.service Requires)" = base-image.service ]
        grep -q ' short.pod$' "$BATS_TEST_TMPDIR/units/b.service"
}

@test "quadlet: bytes, backslashes, and where kelp is" {
        printf '[Unit]\nDescription=a\\ \nDocumentation=b\n[Container]\nImage=x\nEnvironment="A=\\xff\\303" "B=\\xc3\\xa9"\n' | file a.container
        odd=$BATS_TEST_TMPDIR/p%i\$HOME
        mkdir "$odd"
        cp "$KELP" "$odd/kelp"
        KELP=$odd/kelp generate
        cd "$BATS_TEST_TMPDIR/units"
        iconv -f UTF-8 -t UTF-8 a.service >/dev/null
        grep -qx 'Description=a\\ ' a.service
        grep -qx 'Documentation=b' a.service
        [ "$(value a.service ExecStop)" = "${odd/\%/%%}/kelp rm -v -f -i systemd-a" ]
        [[ $(value a.service ExecStart) == "${odd/\%/%%}/kelp "*' --env "A=\xff\xc3" --env B=é x' ]]
}

@test "quadlet: Type, KillMode and the time to stop" {
        printf '[Container]\nImage=x\nStopTimeout=100\n' | file long.container
        printf '[Container]\nImage=x\nStopTimeout=100\n[Service]\nTimeoutStopSec=7\nKillMode=control-group\nSyslogIdentifier=me\n' | file given.container
        printf '[Container]\nImage=x\nStopTimeout=100\n[Service]\nTimeoutSec=8\nType=notify\n' | file both.container
        printf '[Container]\nImage=x\n' | file none.container
        for type in exec simple forking; do
                printf '[Container]\nImage=x\n[Service]\nType=%s\n' $type | file a.container
                refused a.container "invalid service Type '$type'"
        done
        generate
        shown() {
                for key in Type KillMode TimeoutStopSec TimeoutSec Delegate SyslogIdentifier; do
                        value "$1.service" $key
                done | tr '\n' ' '
        }
        [ "$(shown long)" = "exec mixed 130 yes %N " ]
        [ "$(shown given)" = "exec control-group 7 yes me " ]
        [ "$(shown both)" = "exec mixed 8 yes %N " ]
        [ "$(shown none)" = "exec mixed yes %N " ]
}

@test "quadlet: so many directories, and no more" {
        mkdir -p "$BATS_TEST_TMPDIR"/files/{0..9}/{0..9}/{0..9}
        printf '[Container]\nImage=x\n' | file a.container
        run generate
        code 0
        has "more than 1024 directories"
        rm -r "$BATS_TEST_TMPDIR/files/9"
        run generate
        code 0
        is ""
        # Deep, with few descriptors.
        rm -r "$BATS_TEST_TMPDIR"/files/[0-8]
        cd "$BATS_TEST_TMPDIR/files"
        for _ in $(seq 500); do
                mkdir d && cd d
        done
        cd "$BATS_TEST_TMPDIR"
        limited() {
                ulimit -n 32
                generate
        }
        run limited
        code 0
        is ""
        unit a.service | grep -q ' x$'
}

@test "quadlet: where files are looked for" {
        printf '[Container]\nImage=first\n' | file one/a.container
        printf '[Container]\nImage=second\n' | file two/a.container
        printf '[Container]\nImage=below\n' | file two/below/b.container
        printf '[Container]\nImage=x\n' | file two/c.container
        printf '[Container]\nImage=x\n' | file two/x.container.d/d.container
        ln -s /dev/null "$BATS_TEST_TMPDIR/files/one/c.container"
        ln -s .. "$BATS_TEST_TMPDIR/files/two/circle"
        dirs=$BATS_TEST_TMPDIR/files/one:$BATS_TEST_TMPDIR/files/two generate
        cd "$BATS_TEST_TMPDIR/units"
        [ "$(ls | grep -v wait | tr '\n' ' ')" = "a.service b.service " ]
        grep -q ' first$' a.service
        cd ..
        export QUADLET_UNIT_DIRS='' XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
        mkdir -p config/containers run/containers
        cp -r files/one config/containers/systemd
        run "$KELP" system generator --dryrun
        has "---a.service---"
        HOME=$BATS_TEST_TMPDIR/home
        mkdir -p home/.config
        mv config/containers home/.config/
        XDG_CONFIG_HOME='' run "$KELP" system generator --dryrun
        has "/home/.config/containers/systemd/a.container"
        cp -r files/two run/containers/systemd
        run "$KELP" system generator --dryrun
        has " second"
        lacks " first"
        QUADLET_UNIT_DIRS=relative run "$KELP" system generator --dryrun
        code 125
        has "no absolute path"
}

@test "quadlet: Notify= has the service wait" {
        for mode in no yes healthy; do
                printf '[Container]\nImage=x\nNotify=%s\n' $mode | file $mode.container
                printf '[Container]\nImage=x\nNotify=%s\n[Service]\nType=oneshot\n' $mode | file once-$mode.container
        done
        generate
        for mode in no yes healthy; do
                [ "$(value once-$mode.service Type) $(value once-$mode.service NotifyAccess)" = "oneshot " ]
                [[ $(value once-$mode.service ExecStart) != *sdnotify* ]]
        done
        [ "$(value no.service Type) $(value no.service NotifyAccess)" = "exec " ]
        [ "$(value yes.service Type) $(value yes.service NotifyAccess)" = "notify all" ]
        [[ $(value no.service ExecStart) != *sdnotify* ]]
        [[ $(value yes.service ExecStart) == *" --sdnotify container "* ]]
        [[ $(value healthy.service ExecStart) == *" --sdnotify healthy "* ]]
}

@test "quadlet: a monitor that is the main process ends with the container's exit code" {
        for flag in --rm --restart=no; do
                run python3 - "$KELP" --root "$ROOT" --runroot "$RUNROOT" run -d $flag --network=none busybox sh -c 'exit 7' <<'EOF'
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
codes = []
try:
    while True:
        codes.append(os.waitstatus_to_exitcode(os.wait()[1]))
except ChildProcessError:
    print(max(codes))
EOF
                is 7
        done
}

@test "quadlet: two files of one service" {
        printf '[Container]\nImage=first\n' | file a.container
        printf '[Container]\nImage=second\nServiceName=a\n' | file b.container
        run generate
        code 1
        has "b.container have the same service, a.service"
        grep -q ' first$' "$BATS_TEST_TMPDIR/units/a.service"
}

@test "quadlet: the generator's names" {
        printf '[Container]\nImage=x\n' | file a.container
        export QUADLET_UNIT_DIRS=$BATS_TEST_TMPDIR/files
        cd "$BATS_TEST_TMPDIR"
        for name in kelp-user-generator podman-user-generator; do
                ln -s "$KELP" $name
                run ./$name -dryrun -user -no-kmsg-log
                code 0
                has "---a.service---"
                run ./$name -version
                code 0
                is "$("$KELP" --version | sed 's/.* //')"
        done
        ./podman-user-generator normal early late
        [ "$(ls)" = "files
kelp-user-generator
normal
podman-user-generator
root
run" ]
        grep -qx "ExecStop=$KELP rm -v -f -i systemd-a" normal/a.service
        run ./podman-user-generator
        code 125
        has "missing output directory"
        rm -r files
        run "$KELP" system generator nothing
        code 0
        [ ! -e nothing ]
        run "$KELP" generate systemd x
        has "write a Quadlet file"
}
