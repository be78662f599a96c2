# kelp: one binary out of layered static libraries. `make help` lists what there is to make.
#
# Each layer is a library and links only those below it: base, rootless, launch (monitor and
# runtime), engine, cli. Unit tests of a layer link nothing above it.

VERSION := 0.1.0
BUILD   ?= build
CC      ?= cc
ifeq ($(origin CC),default)
CC      := cc
endif
O       ?= -O2
WERROR  ?=
V       ?= 0
Q       := $(if $(filter 0,$(V)),@)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wno-format-nonliteral -Wundef -Wvla $(WERROR)
HARDEN   := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
SANITIZE ?=
ifneq ($(SANITIZE),)
HARDEN   := -fPIE -fno-omit-frame-pointer -fsanitize=$(SANITIZE)
endif
CPPFLAGS += -Isrc -I$(BUILD)/gen -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DKELP_VERSION='"$(VERSION)"'
CFLAGS   += -std=gnu11 -g $(O) $(WARNINGS) $(HARDEN) -ffunction-sections -fdata-sections -fno-plt \
            -fno-asynchronous-unwind-tables
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed

# A table of options is pointers: their relocations, packed, are 8 KB in place of 100. glibc reads
# them since 2.36.
RELR := $(shell printf '\043include <features.h>\n\043if __GLIBC_PREREQ(2, 36)\nyes\n\043endif\n' | \
          $(CC) -E -P - 2>/dev/null | tail -n 1)
ifeq ($(RELR),yes)
LDFLAGS += -Wl,-z,pack-relative-relocs
endif

# Static wherever it saves start-up time: every shared library costs about 0.2 ms.
LIBS := -l:libarchive.a -l:libzstd.a -l:libz.a -l:liblzma.a -l:libbz2.a -l:libjansson.a -l:libseccomp.a -l:libnettle.a

layer_sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
BASE     := $(call layer_sources,src/base)
ROOTLESS := $(call layer_sources,src/rootless)
LAUNCH   := $(call layer_sources,src/engine/runtime src/engine/runtime/oci src/engine/monitor)
ENGINE   := $(call layer_sources,src/engine/state src/engine/storage src/engine/network \
              src/engine/registry src/engine/image src/engine/containerfile \
              src/engine/container src/engine/build src/engine/pod)
CLI      := $(sort $(wildcard src/cli/*.c src/cli/*/*.c))
LAYERS   := cli engine launch rootless base
ARCHIVES := $(LAYERS:%=$(BUILD)/lib%.a)

objects = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))

.PHONY: all
all: $(BUILD)/kelp

include $(sort $(wildcard make/*.mk))

$(BUILD)/kelp: $(BUILD)/obj/main.o $(ARCHIVES)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -ldl -lpthread

$(BUILD)/libbase.a: $(call objects,$(BASE))
$(BUILD)/librootless.a: $(call objects,$(ROOTLESS))
$(BUILD)/liblaunch.a: $(call objects,$(LAUNCH))
$(BUILD)/libengine.a: $(call objects,$(ENGINE))
$(BUILD)/libcli.a: $(call objects,$(CLI))

# The list of a library's objects: when a source goes away, the library is made anew.
$(BUILD)/lib%.list: FORCE
	@mkdir -p $(@D)
	@echo '$(call objects,$($(shell echo $* | tr a-z A-Z)))' | cmp -s - $@ || \
		echo '$(call objects,$($(shell echo $* | tr a-z A-Z)))' > $@
.PHONY: FORCE
FORCE:

$(ARCHIVES): $(BUILD)/lib%.a: $(BUILD)/lib%.list
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)

# Options, tables and pages: half of the code, none of it hot.
$(BUILD)/obj/cli/%.o: O := -Os

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf build build-*
